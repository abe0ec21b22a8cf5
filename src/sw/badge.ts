/** The number on the icon while no window counts (NOTICE-7). */
import { badgeOf } from '../core/badge.ts'
import type { OpenInbox } from '../platform/inbox.ts'
import { setBadge } from '../platform/notices.ts'

export async function recount(inbox: Pick<OpenInbox, 'counted' | 'alerts' | 'answers' | 'rooms'>): Promise<void> {
  const [counted, pushed, given, rooms] = await Promise.all([
    inbox.counted(),
    inbox.alerts(),
    inbox.answers(),
    inbox.rooms(),
  ])
  const answered = given.map(({ response }) => response.alert)
  setBadge(badgeOf(counted, pushed, answered, rooms, Date.now()))
}
