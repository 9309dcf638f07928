# Writes a text file as a string literal into a C++ source:
# cmake -DOUTPUT=… -DNAMESPACE=a::b -DHEADER=path -DNAME=kName -DFILE=… -P embed.cmake
file(READ ${FILE} text)
file(WRITE ${OUTPUT} "// Generated from schema/ at build time.\n#include \"${HEADER}\"\n\nnamespace ${NAMESPACE} {\nconst std::string_view ${NAME} = R\"doudi(${text})doudi\";\n}  // namespace ${NAMESPACE}\n")
