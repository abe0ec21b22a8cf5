/**
 * A line of text as pieces that are drawn one after the other. Flat, not nested: `*a *b *c` thousands deep is one piece
 * that is emphasised, and costs no stack.
 */
import type { Token } from 'markdown-it'
import { splitPhones } from './phones.ts'

export interface Link {
  href: string
  /** Where it goes, when its words do not say so themselves (ALERT-10). */
  target: string | null
}
/** A new line is a run with the text `\n`. */
export interface Run {
  text: string
  strong?: boolean
  em?: boolean
  link?: Link
}

/** Only addresses that say in full where they go: nothing relative, nothing that runs. */
export const isLinkTarget = (href: string): boolean => /^(?:https?:\/\/[^/\\\s]|mailto:[^?\s]|tel:[+\d])/i.test(href)

const digits = (text: string) => text.replace(/[^\d+]/g, '')

/** The part of an address that a person reads: with its host, without `mailto:`. */
function targetOf(href: string, words: string): string | null {
  const shown = words.trim()
  if (href.startsWith('tel:')) return digits(shown) === digits(href) ? null : href.slice('tel:'.length)
  const address = href.replace(/^mailto:/i, '')
  return shown === href || shown === address || shown === address.replace(/\/$/, '') ? null : address
}

/** The pieces of one line of Markdown. */
export function runsOf(tokens: readonly Token[]): Run[] {
  const runs: Run[] = []
  let [strong, em] = [0, 0]
  let link: Link | undefined
  let words = ''
  const push = (text: string) => {
    if (!text) return
    words += text
    const look = { ...(strong > 0 && { strong: true }), ...(em > 0 && { em: true }) }
    if (link || text === '\n') runs.push({ text, ...look, ...(link && { link }) })
    else for (const piece of splitPhones(text)) runs.push(runOfPiece(piece, look))
  }
  for (const token of tokens) {
    switch (token.type) {
      case 'strong_open':
      case 'strong_close':
        strong += token.nesting
        break
      case 'em_open':
      case 'em_close':
        em += token.nesting
        break
      case 'link_open': {
        // The parser asks about every address but an empty one.
        const href = String(token.attrGet('href') ?? '')
        link = isLinkTarget(href) ? { href, target: null } : undefined
        words = ''
        break
      }
      case 'link_close':
        if (link && !words.trim()) push(link.href)
        if (link) link.target = targetOf(link.href, words)
        link = undefined
        break
      case 'softbreak':
        push(' ')
        break
      case 'hardbreak':
        push('\n')
        break
      default:
        push(token.content)
    }
  }
  return runs
}

const runOfPiece = (piece: { text: string; tel?: string }, look: Omit<Run, 'text'>): Run => ({
  ...look,
  text: piece.text,
  ...(piece.tel && { link: { href: piece.tel, target: null } }),
})

/** Ends before what ends a sentence, and before signs that turn letters round. */
const ADDRESS = /https?:\/\/[^\s<>"“”\p{Cf}]+[^\s<>"“”.,;:!?)\p{Cf}]/gu

/** The pieces of plain text: a message that somebody wrote. Addresses are shown as they are, so they hide nothing. */
export function runsOfText(text: string): Run[] {
  const runs: Run[] = []
  let done = 0
  const words = (part: string) => splitPhones(part).map((piece) => runOfPiece(piece, {}))
  for (const match of text.matchAll(ADDRESS)) {
    if (!isLinkTarget(match[0])) continue
    runs.push(...words(text.slice(done, match.index)), { text: match[0], link: { href: match[0], target: null } })
    done = match.index + match[0].length
  }
  return [...runs, ...words(text.slice(done))]
}
