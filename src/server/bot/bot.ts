/**
 * The bot: follows the agency's rooms by `/sync` long polls and keeps `Memory` true.
 *
 *   start:   rooms of the space → stored filter → first sync (whole state) → past of alert and Lage rooms
 *   then:    sync from the last position; gaps (`limited`) are filled from `/messages`
 *   new room in the space: everything from the start, since a room added to a filter gets no past and no state
 *   another epoch: everything from the start, since the homeserver was restored from a copy
 *
 * A position is left behind only after its answer was worked through; a failure leaves it where it was. The homeserver
 * may be away for as long as it likes.
 */
import type { Deployment } from '../../core/deployment.ts'
import { wentBack } from '../../core/epoch.ts'
import type { RoomEvent } from '../../core/event.ts'
import type { RoomId, UserId } from '../../core/ids.ts'
import { spaceChildren, stateKey, type AgencyRoom } from '../../core/room.ts'
import { pause, type Clock } from '../clock.ts'
import { HomeserverError, type Homeserver } from '../homeserver.ts'
import { reasonOf, type Log } from '../log.ts'
import type { Heartbeat } from './heartbeat.ts'
import { HORIZON, type Memory } from './memory.ts'
import { filterOf, PAST, readSync, type JoinedRoom } from './sync.ts'

export interface Bot {
  /** Whether memory is complete and the last sync was answered. */
  live(): boolean
  /** Whether what is sent to the bot now has to come: it asks for news, and is not busy with a first sync or a room's past. */
  listens(): boolean
  /** Reads the past of alert and Lage rooms again: after an outage a first walk misses events (measured). */
  reread(): Promise<void>
  stop(): Promise<void>
}

interface Ports {
  homeserver: Pick<Homeserver, 'state' | 'stateEvent' | 'createFilter' | 'sync' | 'messages' | 'join'>
  user: UserId
  deployment: () => Deployment
  memory: Memory
  clock: Clock
  log: Log
  heartbeat: Pick<Heartbeat, 'epoch' | 'wentBack'>
  /** A message to the bot's own device has come. */
  heard?: (type: string, content: Record<string, unknown>) => void
  /** Events that have come into rooms, in their order; not those of a first sync. */
  came?: (events: readonly RoomEvent[]) => void
  /** Memory has changed. */
  changed: () => void
  /** The homeserver answers, for the first time or again. */
  back: () => void
}

interface Position {
  /** Of the homeserver when it was given; in another one it says nothing. */
  epoch: number
  space: RoomId
  named: ReadonlySet<RoomId>
  filter: string
  since: string | null
}

/** How long one sync waits for something new, ms. */
const WAIT = 30_000
const PAGES = 100
const kinds = (kind: AgencyRoom['kind']): kind is keyof typeof HORIZON => kind in HORIZON

/** Waits between tries, ms: short, so that a homeserver that is back is noticed; a refused token heals by no hurry. */
function patienceAfter(error: unknown, tries: number): number {
  if (error instanceof HomeserverError && error.status === 401) return 30_000
  const asked = error instanceof HomeserverError ? (error.retry_after_ms ?? 0) : 0
  return Math.max(asked, Math.min(5_000, 250 * 2 ** tries))
}

export function startBot(ports: Ports): Bot {
  const { homeserver, user, deployment, memory, clock, log, heartbeat, heard, came, changed, back } = ports
  const end = new AbortController()
  const invited = new Set<RoomId>()
  const creations = new Map<RoomId, RoomEvent>()
  let live = false
  let listens = false

  async function begin(): Promise<Position> {
    const epoch = heartbeat.epoch()
    const { space } = deployment()
    const events = await homeserver.state(space)
    const state = new Map(events.map((e) => [stateKey(e.type, e.state_key), e]))
    const children = spaceChildren({ id: space, state, timeline: [] }).map((c) => c.id)
    const named = new Set([space, ...children])
    return { epoch, space, named, filter: await homeserver.createFilter(user, filterOf([...named])), since: null }
  }

  /**
   * The creation of a room says who stands above every level in it (ROOM-4). A sync that names rooms leaves it out:
   * Synapse compares the names with the `room_id` of events, and a creation of version 12 has none.
   */
  async function addCreation({ id, state }: JoinedRoom): Promise<void> {
    const creation = creations.get(id) ?? (await homeserver.stateEvent(id, 'm.room.create'))
    if (!creation) return
    creations.set(id, creation)
    state.unshift(creation)
  }

  /** Reads a room's past back to the horizon, or until a page after the first, which a sync may have brought, has nothing new (`onlyNew`). */
  async function walk(room: AgencyRoom, from: string | null, onlyNew: boolean): Promise<void> {
    if (!kinds(room.kind)) return
    const oldest = clock.now() - HORIZON[room.kind]
    let next = from
    for (let page = 0; page < PAGES && !end.signal.aborted; page++) {
      const { events, end: further } = await homeserver.messages(room.id, next, PAST)
      const known = memory.takePast(room, events)
      if (further === null || (page > 0 && known && onlyNew && events.length)) return
      if (events.length && events.every((e) => e.origin_server_ts < oldest)) return
      next = further
    }
  }

  /** Joins rooms of the space it was invited to; any other invitation is a stranger's. */
  async function join(): Promise<void> {
    const via = new Map(memory.children().map((c) => [c.id, c.via]))
    const servers = deployment().sites.map((s) => s.server_name)
    for (const id of invited) {
      if (!via.has(id)) continue
      try {
        await homeserver.join(id, via.get(id) ?? servers)
        invited.delete(id)
        log.info({ room: id }, 'joined a room of the agency')
      } catch (error) {
        log.warn({ room: id, reason: reasonOf(error) }, 'could not join yet')
      }
    }
  }

  /**
   * A first sync waits for nothing, whatever it is told. Synapse gives its answer again for two minutes to whoever asks in the
   * same words (`sync_response_cache_duration`): a relay that starts again would take for now what was then.
   */
  const unusedWait = () => clock.now() % WAIT

  /** `again`: the last try failed somewhere on the way, so known events do not mean that those before them are known. */
  async function step(position: Position, again: boolean): Promise<Position | null> {
    const { filter, since, named, space } = position
    // Also while its tries fail: a homeserver that takes messages and answers no sync does not work.
    listens = since !== null
    const answer = readSync(await homeserver.sync(filter, since, since === null ? unusedWait() : WAIT, end.signal))
    listens = false
    if (since !== null && wentBack(since, answer.next)) {
      heartbeat.wentBack(position.epoch)
      return null
    }
    for (const { type, content } of answer.direct) heard?.(type, content)
    for (const room of answer.joined) await addCreation(room)
    memory.take(answer, since === null)
    if (since !== null) came?.(answer.joined.flatMap(({ timeline }) => timeline))
    const gaps = new Set(answer.joined.flatMap(({ id, limited }) => (limited ? [id] : [])))
    for (const room of memory.rooms()) if (gaps.has(room.id)) await walk(room, answer.next, since !== null && !again)
    for (const id of answer.invited) invited.add(id)
    await join()
    memory.forget(clock.now())
    if (since === null && !memory.hasSpace()) log.error({}, 'the bot is not in the space of the deployment file')
    const renamed = space !== deployment().space || memory.children().some((c) => !named.has(c.id))
    return renamed ? null : { ...position, since: answer.next }
  }

  async function run(): Promise<void> {
    let position: Position | null = null
    let failed = 0
    while (!end.signal.aborted) {
      try {
        const current = position?.epoch === heartbeat.epoch() ? position : await begin()
        position = await step(current, failed > 0)
        failed = 0
        changed()
        if (!live && position) {
          live = true
          log.info({ rooms: memory.rooms().length }, 'follows the homeserver')
          back()
        }
      } catch (error) {
        if (end.signal.aborted) return
        live = false
        if (error instanceof HomeserverError && (error.status === 400 || error.status === 404)) position = null
        if (failed === 0) log.warn({ reason: reasonOf(error) }, 'the homeserver does not answer; trying on')
        await pause(clock, patienceAfter(error, failed++), end.signal)
      }
    }
  }

  const running = run()
  return {
    live: () => live,
    listens: () => listens,
    async reread() {
      for (const room of memory.rooms()) await walk(room, null, false)
      changed()
    },
    async stop() {
      end.abort()
      await running
    },
  }
}
