/** The number that the contact lists have for somebody of this very name, in any of their roles (BOOK-5). */
import { telUri } from '../../../core/handbook.ts'
import type { CallNumber } from '../alert/numbers.ts'
import type { ContactView } from '../../views.ts'

export function callOf(contacts: readonly ContactView[], name: string): CallNumber | undefined {
  for (const { role, name: known, phones } of contacts.flatMap((list) => list.entries)) {
    const number = known?.trim() === name.trim() ? phones.find((phone) => telUri(phone)) : undefined
    if (number !== undefined) return { role, number, href: telUri(number) }
  }
  return undefined
}
