/** Whom to call when nothing else works: the first entries of the first contact list (BOOK-5). */
import { telUri } from '../../../core/handbook.ts'
import type { ContactView } from '../../views.ts'

export interface CallNumber {
  role: string
  number: string
  href: string
}

export const callNumbers = (lists: readonly ContactView[], most: number): CallNumber[] =>
  (lists.find((list) => list.entries.some((e) => e.phones.some(telUri)))?.entries ?? [])
    .flatMap(({ role, phones }) => {
      const number = phones.find(telUri)
      return number === undefined ? [] : [{ role, number, href: telUri(number) }]
    })
    .slice(0, most)
