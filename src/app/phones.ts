/** Telephone numbers in running text, so that they can be dialled. */
import { telUri } from '../core/handbook.ts'

export interface Piece {
  text: string
  /** `tel:` address, where the piece is a number. */
  tel?: string
}

/**
 * A number with its area, "0221 4710 250", "(030) 23125-140", "+49 (0)30 23125 140", of seven digits at least, so that
 * "DIN VDE 0833-2" is none; or an emergency number that somebody is told to call: "Rufen Sie 112 an", not "112 Personen".
 */
const AREA = String.raw`(?:\(0\d{2,5}\)|\+\d|0\d)(?:[ \u00a0/–-]?(?:\(0\))?[ \u00a0]?\d){5,16}(?![\p{L}\d]|[.,:]\d)`
const EMERGENCY = String.raw`(?:110|112|115)(?=[.,;:!?)“"]?$|[.,;:!?)“"]\D|\s(?:an|and|if|now|oder|or|sofort|und|wenn)\b)`
const NUMBER = new RegExp(String.raw`(?<![\p{L}\d+.,:/–-])(?:${AREA}|${EMERGENCY})`, 'gu')
/** "Raum 112." is a door. */
const COUNTED = /(?:Raum|Zimmer|Haus|Nr\.|Seite|Kapitel|room|page|chapter)\s$/i

export function splitPhones(text: string): Piece[] {
  const pieces: Piece[] = []
  let done = 0
  for (const match of text.matchAll(NUMBER)) {
    const tel = telUri(match[0])
    if (!tel || COUNTED.test(text.slice(Math.max(0, match.index - 12), match.index))) continue
    if (match.index > done) pieces.push({ text: text.slice(done, match.index) })
    pieces.push({ text: match[0], tel })
    done = match.index + match[0].length
  }
  if (done < text.length) pieces.push({ text: text.slice(done) })
  return pieces
}
