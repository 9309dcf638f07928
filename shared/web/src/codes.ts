// Words for the codes of the roster, from the file that both programs read as well.
import words from '../../../schema/aliases/words.json'

type Language = 'zh' | 'en'
const inLanguage = (group: Record<string, Record<Language, string>>, language: Language): Record<string, string> =>
  Object.fromEntries(Object.entries(group).map(([code, word]) => [code, word[language]]))

export const tagWords = (language: Language) => inLanguage(words.tags, language)
export const relationWords = (language: Language) => inLanguage(words.relations, language)
