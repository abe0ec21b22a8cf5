/** Alerts in words of the app; the alert's own texts are never translated here. */
import { useWords } from '../../words.ts'
import { endOf, startOf, type Meaning } from '../../../core/alert.ts'
import type { RefuseReason, WaitReason } from '../../../core/outbox.ts'
import type { SignName } from '../../signs.ts'
import type { AlertView, MyResponse } from '../../views.ts'
import { markOf, type Mark } from './marks.ts'

export const MEANING_SIGNS: Record<Meaning, SignName> = {
  acknowledged: 'tick',
  safe: 'safe',
  need_help: 'help',
  coming: 'door',
  declined: 'decline',
}

export function useAlertWords() {
  const words = useWords()
  const { t, time, clockToTheSecond, now } = words

  function mark(mark: Mark): string {
    const names: Record<Mark, string> = {
      Extreme: t('alert.extreme'),
      Severe: t('alert.severe'),
      Moderate: t('alert.moderate'),
      Minor: t('alert.minor'),
      AllClear: t('alert.all_clear'),
      Withdrawn: t('alert.withdrawn'),
      Expired: t('alert.expired'),
    }
    return names[mark]
  }

  /** „14:34 · gilt bis Entwarnung“. */
  function validity({ content, phase, updates, alert }: AlertView): string {
    const changed = updates.at(-1)?.at ?? alert.current.at
    switch (phase) {
      case 'ended':
        return t('alert.is_ended', { time: time(changed) })
      case 'withdrawn':
        return t('alert.is_withdrawn', { time: time(changed) })
      case 'expired':
        return t('alert.is_expired', { time: time(endOf(alert)) })
      case 'announced':
        return t('alert.is_announced', { time: time(startOf(alert.current)) })
      case 'open': {
        const since = time(startOf(alert.current))
        if (content.expires === undefined) return t('alert.until_all_clear', { since })
        return t('alert.until', { since, time: time(content.expires) })
      }
      default:
        return phase satisfies never
    }
  }

  /** When my answer reached which place. */
  function answered({ delivery, at }: MyResponse): string {
    switch (delivery?.state) {
      case undefined:
        return t('alert.registered_at', { time: time(at) })
      case 'taken':
        return t('alert.registered_at', {
          time: sameDay(delivery.at) ? clockToTheSecond(delivery.at) : time(delivery.at),
        })
      case 'refused':
        return t('alert.refused')
      case 'saved':
      case 'sending':
      case 'waiting':
      case 'withdrawn':
        return t('alert.saved_at', { time: sameDay(at) ? clockToTheSecond(at) : time(at) })
      default:
        return delivery satisfies never
    }
  }

  const sameDay = (at: number) => new Date(at).toDateString() === new Date(now.value).toDateString()

  function waiting(reason: WaitReason): string {
    switch (reason) {
      case 'network':
        return t('alert.wait_network')
      case 'server':
      case 'busy':
        return t('alert.wait_site')
      case 'signed_out':
        return t('alert.wait_signed_out')
      default:
        return reason satisfies never
    }
  }

  function refusal(reason: RefuseReason): string {
    switch (reason) {
      case 'too_large':
        return t('alert.refused_too_large')
      case 'unknown_alert':
      case 'unknown_room':
        return t('alert.refused_unknown')
      case 'forbidden':
        return t('alert.refused_forbidden')
      case 'encrypted':
      case 'invalid':
      case 'overtaken':
        return t('alert.refused_other')
      default:
        return reason satisfies never
    }
  }

  return { ...words, mark, markOf, validity, answered, waiting, refusal }
}
