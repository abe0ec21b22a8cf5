/** Search in what is on board: words in any order, whatever their case, accents or spelling of umlauts (BOOK-8). Pure. */

/** "Räumung" and "RAUMUNG" are one, "Straße" and "strasse". */
const plain = (text: string) => text.toLowerCase().replaceAll('ß', 'ss').normalize('NFD').replace(/\p{M}/gu, '')
/** "Raeumung" is "Räumung". */
const spelled = (text: string) => text.replace(/([aou])e/g, '$1')

export type Matcher = (text: string) => boolean

interface Word {
  plain: string
  spelled: string
}
const has = (folded: Word, word: Word) => folded.plain.includes(word.plain) || folded.spelled.includes(word.spelled)
const fold = (text: string): Word => ({ plain: plain(text), spelled: spelled(plain(text)) })
const wordsOf = (query: string): Word[] => query.split(/\s+/).filter(Boolean).map(fold)

/** Null: nothing was asked. */
export function matcherOf(query: string): Matcher | null {
  const words = wordsOf(query)
  if (!words.length) return null
  return (text) => {
    const folded = fold(text)
    return words.every((word) => has(folded, word))
  }
}

/** Marks of Markdown that a reader of a single line does not need. */
const bare = (line: string) =>
  line
    .replace(/^[\s>#*+-]*(?:\[[ xX]\]\s*)?/, '')
    .replace(/\s*\{#[\w-]+\}\s*$/, '')
    .replaceAll(/\*\*|__|`/g, '')
const LONGEST = 140

/** The line of a text that shows best why it was found; null: its words stand on no line. */
export function lineFor(query: string, markdown: string): string | null {
  const words = wordsOf(query)
  let [best, score] = ['', 0]
  for (const line of markdown.split('\n')) {
    const folded = fold(line)
    const found = words.filter((word) => has(folded, word)).length
    if (found > score) [best, score] = [line, found]
    if (score === words.length) break
  }
  if (!score) return null
  const text = bare(best)
  return text.length > LONGEST ? `${text.slice(0, text.lastIndexOf(' ', LONGEST))} …` : text
}
