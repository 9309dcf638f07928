# Writes a text file as a string literal into a C++ source: cmake -DOUTPUT=… -DNAME=kName -DFILE=… -P embed.cmake
file(READ ${FILE} text)
file(WRITE ${OUTPUT} "// Generated from schema/ at build time.\n#include \"sync_server/store/embedded.hpp\"\n\nnamespace doudi::district {\nconst std::string_view ${NAME} = R\"doudi(${text})doudi\";\n}  // namespace doudi::district\n")
