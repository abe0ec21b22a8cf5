/** How long ago a plan was checked, as people say it: "vor 9 Tagen", "vor 4 Wochen", "vor 14 Monaten". */
import type { Language } from '../../../core/alert.ts'

const DAY = 24 * 3600_000

/** Whole months between two days: the 27th of a month is reached on the 27th. */
function monthsBetween(from: Date, to: Date): number {
  const months = (to.getFullYear() - from.getFullYear()) * 12 + to.getMonth() - from.getMonth()
  return to.getDate() < from.getDate() ? months - 1 : months
}

/** `day` is an ISO date, `now` ms. */
export function ageInWords(day: string, now: number, language: Language): string {
  const from = new Date(`${day}T00:00:00`)
  const days = Math.max(0, Math.floor((now - from.getTime()) / DAY))
  const words = new Intl.RelativeTimeFormat(language === 'en' ? 'en-GB' : 'de-DE', { numeric: 'auto' })
  if (days < 14) return words.format(-days, 'day')
  if (days < 60) return words.format(-Math.floor(days / 7), 'week')
  return words.format(-monthsBetween(from, new Date(now)), 'month')
}
