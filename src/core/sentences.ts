/** Sentences of a text, so that a screen can show the first one large, or only those that are new. */

/** Line ends part sentences too. An abbreviation of one or two letters ("Nr. 5", "Haus C. Dort") ends none. */
export const sentences = (text: string): string[] =>
  text
    .split(/(?<=[\p{L}\d)]{3}[.!?…]|[!?…])\s+(?=[\p{Lu}„"(])|\n+/u)
    .map((sentence) => sentence.trim())
    .filter(Boolean)

/** The first sentence and what follows it. */
export function firstSentence(text: string): { first: string; rest: string } {
  const first = sentences(text)[0] ?? ''
  return { first, rest: text.trim().slice(first.length).trim() }
}

interface Told {
  headline: string
  instruction: string
  next_step: string
}
const told = (text: Told): string[] => [text.headline, ...sentences(text.instruction), ...sentences(text.next_step)]

/** What a revision says that the one before it did not. */
export function newSentences(before: Told, after: Told): string[] {
  const known = new Set(told(before))
  return told(after).filter((sentence) => !known.has(sentence))
}

/** The text without sentences that are said elsewhere. */
export const withoutSentences = (text: string, said: readonly string[]): string =>
  said
    .reduce((rest, sentence) => rest.replace(sentence, ''), text)
    .replace(/ {2,}/g, ' ')
    .trim()
