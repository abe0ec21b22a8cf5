/**
 * The collector: takes answers and says `registered` only after the homeserver has taken their tally event. Keeps nothing
 * of its own. Rules ANSWER-1, ANSWER-4 to ANSWER-8.
 */
import type { Alert } from '../../core/alert.ts'
import type { AlertId, PersonId } from '../../core/ids.ts'
import type { ResponsesReply } from '../../core/relay.ts'
import type { Response } from '../../core/response.ts'
import { entryOf, refusalOf } from '../../core/tally.ts'
import type { Memory } from '../bot/memory.ts'
import type { Clock } from '../clock.ts'
import { unavailable } from '../http/errors.ts'
import type { TallyWriter } from './tally-writer.ts'

export interface Collector {
  /**
   * Each response is registered, refused, or in neither list: "not now, send it again". Throws a 503 when there is
   * nothing else to say.
   */
  register(person: PersonId, responses: readonly Response[]): Promise<ResponsesReply>
  /** The bot has learned something: whoever waits for an alert looks again. */
  changed(): void
}

interface Ports {
  knowledge: Pick<Memory, 'alert' | 'audience' | 'isRegistered' | 'noteAnswered'>
  writer: Pick<TallyWriter, 'write'>
  /** Whether an alert that is not known does not exist: the bot follows its homeserver and has what every site has. */
  complete: () => boolean
  clock: Clock
}

/** How long an unknown alert is waited for, ms: an answer may overtake its alert on the way between sites. */
const GRACE = 2_000

type Refused = ResponsesReply['refused'][number]['reason']
type Fate = { kind: 'registered' } | { kind: 'refused'; reason: Refused } | { kind: 'later'; error: Error }

export function createCollector({ knowledge, writer, complete, clock }: Ports): Collector {
  const waiting = new Set<() => void>()

  /** The alert, as soon as it is known; null after the grace. */
  function find(id: AlertId): Promise<Alert | null> {
    const known = knowledge.alert(id)
    if (known || !complete()) return Promise.resolve(known)
    return new Promise((resolve) => {
      const look = () => {
        if (knowledge.alert(id)) end()
      }
      const end = () => {
        waiting.delete(look)
        cancel()
        resolve(knowledge.alert(id))
      }
      const cancel = clock.after(GRACE, end)
      waiting.add(look)
    })
  }

  async function fateOf(person: PersonId, response: Response): Promise<Fate> {
    if (knowledge.isRegistered(response.id)) return { kind: 'registered' }
    const alert = await find(response.alert)
    if (!alert) {
      if (complete()) return { kind: 'refused', reason: 'unknown_alert' }
      return { kind: 'later', error: unavailable('the alert is not known here yet') }
    }
    const reason = refusalOf(response, alert, person, knowledge.audience(alert))
    if (reason) return { kind: 'refused', reason }
    try {
      await writer.write(alert.id, entryOf(response, person, clock.now()))
      return { kind: 'registered' }
    } catch (error) {
      knowledge.noteAnswered(alert.id, person, clock.now())
      return { kind: 'later', error: error as Error }
    }
  }

  return {
    async register(person, responses) {
      const fates = await Promise.all(responses.map(async (r) => ({ id: r.id, fate: await fateOf(person, r) })))
      const registered = fates.flatMap(({ id, fate }) => (fate.kind === 'registered' ? [id] : []))
      const refused = fates.flatMap(({ id, fate }) => (fate.kind === 'refused' ? [{ id, reason: fate.reason }] : []))
      const open = fates.flatMap(({ fate }) => (fate.kind === 'later' ? [fate.error] : []))
      if (open[0] && registered.length + refused.length === 0) throw open[0]
      return { registered, refused }
    },
    changed() {
      for (const look of waiting) look()
    },
  }
}
