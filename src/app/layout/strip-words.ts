/** The strip in words: a title, one line below, and a sign. The same words stand on the strip and are spoken (APP-4). */
import { useWords } from '../words.ts'
import type { SignName } from '../signs.ts'
import type { DeviceTrouble, Strip, StripState } from '../views.ts'

export interface StripWords {
  sign: SignName
  title: string
  detail: string
}

export function useStripWords() {
  const { t, time } = useWords()
  const asOf = (at: number | null) => (at === null ? t('common.never_loaded') : t('common.as_of', { time: time(at) }))
  const line = (...parts: string[]) => parts.filter(Boolean).join(' · ')

  function device(trouble: DeviceTrouble): string {
    const texts: Record<DeviceTrouble, string> = {
      broken: t('device.broken'),
      silent: t('device.silent'),
      full: t('device.full'),
      lost: t('device.lost_short'),
      memory: t('device.memory'),
      clock: t('device.clock'),
    }
    return texts[trouble]
  }

  /** What the device cannot hold comes first; the connection moves into the line below. */
  return function wordsOf(strip: Strip): StripWords {
    const words = connectionOf(strip)
    return strip.device ? { sign: 'warn', title: device(strip.device), detail: line(words.title, words.detail) } : words
  }

  function connectionOf(strip: StripState): StripWords {
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
          sign: strip.cut === 'sites' ? 'refused' : 'offline',
          title: strip.cut === 'sites' ? t('frame.strip_no_site') : t('frame.strip_offline'),
          detail: line(asOf(strip.asOf), strip.waiting ? t('frame.strip_waiting', strip.waiting) : ''),
        }
      case 'back':
        return {
          sign: 'anchor',
          title: t('frame.strip_back', { site: strip.site }),
          detail: t('frame.strip_back_there'),
        }
      case 'signed_out':
        return {
          sign: 'lock',
          title: strip.locked ? t('frame.strip_locked') : t('frame.strip_signed_out'),
          detail: line(asOf(strip.asOf), t('frame.strip_read_on')),
        }
      default:
        return strip satisfies never
    }
  }
}
