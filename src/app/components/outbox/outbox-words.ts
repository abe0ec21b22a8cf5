/** What lies in the outbox, in words: what was said, where to, and what became of it. */
import { TYPE } from '../../../core/event.ts'
import {
  mayDiscard,
  mayHaveArrived,
  type Delivery,
  type OutboxItem,
  type RefuseReason,
  type WaitReason,
} from '../../../core/outbox.ts'
import type { SignName } from '../../signs.ts'
import { useAgency } from '../../stores/agency.ts'
import { useConnection } from '../../stores/connection.ts'
import type { Strip } from '../../views.ts'
import { useWords } from '../../words.ts'

export interface OutboxEntry {
  id: string
  what: string
  where: string
  sign: SignName
  state: string
  /** Why it is still here. */
  why: 'network' | 'sign_in' | 'site' | 'sending' | 'refused' | 'withdrawn'
  /** It may have arrived, and somebody may read it. */
  unsure: boolean
  /** Nobody is sending it right now. */
  removable: boolean
}

/** Everything that no site has taken yet. */
export const untaken = (items: readonly OutboxItem[]): OutboxItem[] => items.filter((i) => i.delivery.state !== 'taken')

/** What is known to be in the way of everything, also of what nobody has tried to send yet. */
const HINDRANCE: Partial<Record<Strip['state'], WaitReason>> = { offline: 'network', signed_out: 'signed_out' }

function whyOf({ delivery }: OutboxItem, hindrance: WaitReason | undefined): OutboxEntry['why'] {
  if (delivery.state === 'refused' || delivery.state === 'withdrawn') return delivery.state
  const reason = delivery.state === 'waiting' ? delivery.reason : delivery.state === 'saved' ? hindrance : undefined
  if (!reason) return 'sending'
  return reason === 'network' ? 'network' : reason === 'signed_out' ? 'sign_in' : 'site'
}

export function useOutboxWords() {
  const agency = useAgency()
  const connection = useConnection()
  const hindrance = () => HINDRANCE[connection.strip.state]
  const { t } = useWords()

  function said({ payload }: OutboxItem): { what: string; where: string } {
    if (payload.kind === 'response') {
      const alert = agency.alert(payload.response.alert)
      const option = alert?.text.responses.find((r) => r.key === payload.response.key)
      return { what: option?.label ?? t('connection.response'), where: alert?.text.headline ?? '' }
    }
    const { content, room, state_key } = payload
    const where = agency.room(room)?.title ?? ''
    if (state_key !== undefined) return { what: t('connection.declaration'), where }
    if (TYPE.alert in content) return { what: t('connection.alert'), where }
    return { what: typeof content['body'] === 'string' ? content['body'] : t('connection.entry'), where }
  }

  function waits(reason: WaitReason): string {
    const texts: Record<WaitReason, string> = {
      network: t('connection.waits_network'),
      server: t('connection.waits_site'),
      busy: t('connection.waits_site'),
      signed_out: t('connection.waits_sign_in'),
    }
    return texts[reason]
  }

  function refusal(reason: RefuseReason): string {
    const texts: Record<RefuseReason, string> = {
      forbidden: t('connection.refused_forbidden'),
      too_large: t('connection.refused_too_large'),
      unknown_room: t('connection.refused_room'),
      unknown_alert: t('connection.refused_alert'),
      encrypted: t('connection.refused_encrypted'),
      invalid: t('connection.refused_invalid'),
      overtaken: t('connection.refused_overtaken'),
    }
    return texts[reason]
  }

  function became(delivery: Delivery): { sign: SignName; state: string } {
    switch (delivery.state) {
      case 'saved': {
        const reason = hindrance()
        return { sign: 'device', state: reason ? waits(reason) : t('connection.goes_out') }
      }
      case 'sending':
        return { sign: 'sending', state: t('connection.sending') }
      case 'waiting':
        return { sign: delivery.reason === 'network' ? 'device' : 'wait', state: waits(delivery.reason) }
      case 'taken':
        return { sign: 'tick', state: t('connection.taken') }
      case 'refused':
        return { sign: 'refused', state: refusal(delivery.reason) }
      case 'withdrawn':
        return { sign: 'decline', state: t('connection.withdrawn') }
      default:
        return delivery satisfies never
    }
  }

  return function entryOf(item: OutboxItem): OutboxEntry {
    return {
      id: item.client_id,
      ...said(item),
      ...became(item.delivery),
      why: whyOf(item, hindrance()),
      unsure: mayHaveArrived(item),
      removable: mayDiscard(item),
    }
  }
}
