/** What I have said and what became of it. Everything is on disk before a promise here resolves (OUT-1). */
import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import { alertMessage, type AlertContent } from '../../core/alert.ts'
import { TYPE } from '../../core/event.ts'
import type { ActiveSite } from '../../core/failover.ts'
import { advance } from '../../core/advance.ts'
import { isUnderWay, mayDiscard, type OutboxEvent, type OutboxItem, type Payload } from '../../core/outbox.ts'
import type { AlertId, ClientId, RoomId } from '../../core/ids.ts'
import { exchangeAnswers } from '../answers.ts'
import { recall, remember, type Remembered } from '../memory.ts'
import { usePorts } from '../ports.ts'
import { useSession } from './session.ts'

const waits = ({ delivery }: OutboxItem): boolean => isUnderWay(delivery)

export const useOutbox = defineStore('outbox', () => {
  const ports = usePorts()
  const { outbox, settings, clock, storage, inbox } = ports
  const session = useSession()
  const all = shallowRef<OutboxItem[]>([])
  /** Mine: what somebody else has left here is neither shown nor sent as mine (DEVICE-4). */
  const items = computed(() => all.value.filter((item) => item.person === session.person))
  const responses = shallowRef<Remembered<'responses'>>({})
  const trouble = ref(false)
  /** It was read: what is not among `items` is not in it. */
  const read = ref(false)

  /** How much waited in an outbox that is gone (DEVICE-4). */
  const lost = ref(storage.lost.read())
  let emptied = storage.state().emptied
  function notice(): void {
    const state = storage.state()
    const anew = read.value ? state.emptied !== emptied : state.newOutbox
    emptied = state.emptied
    if (anew && !all.value.length) tellLoss(lost.value + storage.unsent.read())
    storage.unsent.write(all.value.filter(waits).length)
  }
  /** Until the person has read it, over the next start too. */
  function tellLoss(count: number): void {
    lost.value = count
    storage.lost.write(count)
  }

  async function load(): Promise<void> {
    try {
      all.value = await outbox.all()
      trouble.value = false
      notice()
      read.value = true
    } catch {
      trouble.value = true
    }
  }
  /** The inbox is no reason to do without the outbox. */
  const exchange = () => exchangeAnswers(ports).catch(() => undefined)
  const loadResponses = async () => void (responses.value = (await recall(settings, 'responses')) ?? {})
  outbox.onChange(() => {
    void load()
    void exchange()
  })
  inbox.onChange(() => void exchange())
  storage.onChange(() => void load())
  settings.onChange((key) => void (key === 'responses' && loadResponses()))

  async function add(payloads: { client_id: ClientId; payload: Payload }[]): Promise<void> {
    const person = session.person
    if (!person) throw new Error('nobody is signed in')
    try {
      await outbox.add(payloads.map((p) => ({ ...p, person, created: clock.now() })))
    } catch (error) {
      trouble.value = true
      throw error
    }
  }

  async function say(room: RoomId, text: string): Promise<void> {
    const client_id = clock.uuid()
    const content = { msgtype: 'm.text', body: text, [TYPE.clientId]: client_id }
    await add([{ client_id, payload: { kind: 'event', room, type: 'm.room.message', content } }])
  }

  async function respond(alert: AlertId, key: string, note?: string): Promise<void> {
    const id = clock.uuid()
    const known = (await recall(settings, 'responses')) ?? {}
    // The latest `at` counts (ANSWER-3), so a clock that was set back must not make this one the older.
    const at = Math.max(clock.now(), (known[alert]?.at ?? 0) + 1)
    const response = { id, alert, key, at, ...(note ? { note } : {}) }
    await add([{ client_id: id, payload: { kind: 'response', response } }])
    // The outbox forgets after a day; which answer was given is shown for longer.
    await remember(settings, 'responses', { ...known, [alert]: { id, key, at } })
    await inbox.putAnswer({ person: session.person!, response }).catch(() => undefined)
  }

  /** The alert to every room of its audience, one item a room; later revisions refer to the first event by its id. */
  async function sendAlert(content: AlertContent): Promise<void> {
    const payloads = content.audience.rooms.map((room) => {
      const client_id = clock.uuid()
      const payload: Payload = {
        kind: 'event',
        room,
        type: 'm.room.message',
        content: alertMessage(content, client_id),
      }
      return { client_id, payload }
    })
    await add(payloads)
  }

  /** The active site, or a drill of it, as state of every room: it holds also where no relay brings it from one to the others. */
  async function declare(rooms: readonly RoomId[], type: string, content: ActiveSite): Promise<void> {
    const payloads = rooms.map((room) => {
      const client_id = clock.uuid()
      const said = { ...content, [TYPE.clientId]: client_id }
      return { client_id, payload: { kind: 'event', room, type, content: said, state_key: '' } satisfies Payload }
    })
    await add(payloads)
  }

  /** What the person decides of an item that nobody has taken; false: it is too late for that, it is on its way. */
  async function decide(id: ClientId, event: OutboxEvent): Promise<boolean> {
    const moved = await outbox.change([id], (item) => advance(item, event, clock.now(), clock.random()))
    return moved.length > 0
  }

  /** For good. An answer that is not said is not shown as given either. */
  async function discard(id: ClientId): Promise<void> {
    let gone: OutboxItem | null = null
    await outbox.change([id], (item) => {
      gone = mayDiscard(item) ? item : null
      return gone ? null : item
    })
    const { payload } = (gone as OutboxItem | null) ?? {}
    if (payload?.kind !== 'response') return
    const { alert } = payload.response
    await inbox.dropAnswer(payload.response).catch(() => undefined)
    const { [alert]: last, ...others } = (await recall(settings, 'responses')) ?? {}
    if (last?.id === id) await remember(settings, 'responses', others)
  }

  return {
    items,
    responses,
    trouble,
    read,
    lost,
    dismissLoss: () => tellLoss(0),
    /** What waits here for somebody else to sign in again. */
    others: computed(() => all.value.filter((i) => i.person !== session.person && waits(i)).length),
    waiting: computed(() => items.value.filter(waits).length),
    refused: computed(() => items.value.filter((i) => i.delivery.state === 'refused')),
    start: () => Promise.all([load(), loadResponses(), exchange()]),
    say,
    respond,
    sendAlert,
    declare,
    retry: (id: ClientId) => decide(id, { type: 'retried' }),
    edit: (id: ClientId, text: string) => decide(id, { type: 'edited', text }),
    withdraw: (id: ClientId) => decide(id, { type: 'withdrawn' }),
    discard,
  }
})
