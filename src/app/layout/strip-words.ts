/** The strip in words: a title, one line below, and a sign. The same words stand on the strip and are spoken (APP-4). */
import { useWords } from '../words.ts'
import type { SignName } from '../signs.ts'
import type { Strip } from '../views.ts'

export interface StripWords {
  sign: SignName
  title: string
  detail: string
}

export function useStripWords() {
  const { t, time } = useWords()
  const asOf = (at: number | null) => (at === null ? t('common.never_loaded') : t('common.as_of', { time: time(at) }))
  const line = (...parts: string[]) => parts.filter(Boolean).join(' · ')

  return function wordsOf(strip: Strip): StripWords {
    switch (strip.state) {
      case 'normal':
        return { sign: 'anchor', title: strip.site, detail: line(t('frame.strip_runs'), asOf(strip.asOf)) }
      case 'seeking':
        return {
          sign: 'searching',
          title: t('frame.strip_seeking'),
          detail: line(asOf(strip.asOf), t('frame.strip_read_on')),
        }
      case 'trouble':
        return {
          sign: 'refused',
          title: t('frame.strip_silent', { site: strip.silent }),
          detail: t('frame.strip_checking', { site: strip.checking }),
        }
      case 'moved':
        return {
          sign: 'moved',
          title: t('frame.strip_moved', { site: strip.site }),
          detail: line(t('frame.strip_since', { time: time(strip.since) }), asOf(strip.asOf)),
        }
      case 'offline':
        return {
          sign: 'offline',
          title: t('frame.strip_offline'),
          detail: line(asOf(strip.asOf), strip.waiting ? t('frame.strip_waiting', strip.waiting) : ''),
        }
      case 'back':
        return {
          sign: 'anchor',
          title: t('frame.strip_back', { site: strip.site }),
          detail: t('frame.strip_back_there'),
        }
      default:
        return strip satisfies never
    }
  }
}
