/** Words, dates and numbers as a person reads them, in the language of the app (APP-5). Times are ms since 1970. */
import { computed } from 'vue'
import { useI18n } from 'vue-i18n'
import { useNow } from './now.ts'
import type { Language } from '../core/alert.ts'

const DAY = 24 * 3600_000

/** Making one takes longer than drawing a row, and rows need the same few. One keeps the time zone that it was made in. */
const formats = new Map<string, Intl.DateTimeFormat>()
function formatOf(locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${locale} ${new Date().getTimezoneOffset()} ${JSON.stringify(options)}`
  const format = formats.get(key) ?? new Intl.DateTimeFormat(locale, options)
  formats.set(key, format)
  return format
}

export function useWords() {
  const { t, locale, n } = useI18n()
  const now = useNow()
  const language = computed(() => (locale.value === 'en' ? 'en' : 'de') satisfies Language)
  const format = (options: Intl.DateTimeFormatOptions) => formatOf(language.value === 'en' ? 'en-GB' : 'de-DE', options)
  const sameDay = (a: number, b: number) => new Date(a).toDateString() === new Date(b).toDateString()

  /** The same in both languages. The first `Intl` format of a page is its most expensive one, and most starts need no other. */
  const clock = (at: number) => {
    const date = new Date(at)
    return [date.getHours(), date.getMinutes()].map((part) => String(part).padStart(2, '0')).join(':')
  }
  const clockToTheSecond = (at: number) => format({ hour: '2-digit', minute: '2-digit', second: '2-digit' }).format(at)
  const day = (at: number) => format({ day: '2-digit', month: '2-digit', year: 'numeric' }).format(at)

  /** 14:36 today, with the date otherwise. */
  const time = (at: number): string =>
    sameDay(at, now.value) ? clock(at) : `${format({ day: '2-digit', month: '2-digit' }).format(at)} ${clock(at)}`

  /** „Heute“, „Gestern“, else the date. */
  function dayName(at: number): string {
    if (sameDay(at, now.value)) return t('common.today')
    if (sameDay(at, now.value - DAY)) return t('common.yesterday')
    return format({ weekday: 'long', day: 'numeric', month: 'long' }).format(at)
  }

  /** „vor 2 min“. */
  function age(at: number): string {
    const minutes = Math.max(0, Math.floor((now.value - at) / 60_000))
    if (minutes < 1) return t('common.just_now')
    if (minutes < 60) return t('common.minutes_ago', { n: minutes })
    if (minutes < 24 * 60) return t('common.hours_ago', { n: Math.floor(minutes / 60) })
    return time(at)
  }

  return { t, n, language, time, clock, clockToTheSecond, day, dayName, age, now }
}
