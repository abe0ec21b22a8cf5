/** Contacts as people look for them: by what somebody does, then by name. Pure. */
import type { Contact, ContactList } from '../../../core/handbook.ts'
import type { Matcher } from './search.ts'

export interface ContactEntry {
  contact: Contact
  /** Names, or roles, of those who stand in. */
  deputies: string[]
}
export interface ContactGroup {
  id: string
  title: string
  entries: ContactEntry[]
}

/** The lists with who stands in for whom, across all lists; null as matcher: everybody. */
export function contactGroups(lists: readonly ContactList[], matches: Matcher | null): ContactGroup[] {
  const all = lists.flatMap((list) => list.entries)
  const deputies = new Map<string, string[]>()
  for (const { deputy_of, name, role } of all)
    if (deputy_of) deputies.set(deputy_of, [...(deputies.get(deputy_of) ?? []), name ?? role])
  return lists
    .map((list) => ({
      id: list.id,
      title: list.title,
      entries: list.entries
        .map((contact) => ({ contact, deputies: deputies.get(contact.role) ?? [] }))
        .filter((entry) => matches === null || matches(textOf(entry, list.title))),
    }))
    .filter((list) => list.entries.length > 0)
}

const textOf = ({ contact, deputies }: ContactEntry, list: string): string => {
  const { role, name, deputy_of, email, phones } = contact
  const numbers = phones.flatMap((phone) => [phone, phone.replace(/\D/g, '')])
  return [role, name, deputy_of, email, list, ...numbers, ...deputies].filter(Boolean).join('\n')
}
