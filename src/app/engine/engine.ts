/**
 * What goes on while somebody is signed in, in the one window that leads: the sites are watched, the rooms synced, the
 * outbox drained, this device registered, the handbook loaded. Screens see none of it, only what it writes.
 */
import type { EventGate, OutboxStore } from '../../core/sending.ts'
import { startDrain } from '../../core/drain.ts'
import { accountAt, newerDeployment, type Deployment } from '../../core/deployment.ts'
import { isOvertaken } from '../../core/failover.ts'
import type { PersonId, SiteId } from '../../core/ids.ts'
import type { Connection, OutboxPort, Ports, Session } from '../../core/ports.ts'
import { recall, remember } from '../memory.ts'
import { checkClock } from './check-clock.ts'
import { checkSessions } from './check-sessions.ts'
import { relaysInOrder, roomsNow, sessionBy, type Context } from './context.ts'
import { joinStandby } from './join-standby.ts'
import { equipWorker } from './equip-worker.ts'
import { doubtTaken, heedEpochs } from './heed-epochs.ts'
import { keep } from './keep.ts'
import { startLink } from './link.ts'
import { loadHandbook } from './load-handbook.ts'
import { loadMembers } from './load-members.ts'
import { noteEchoes } from './note-echoes.ts'
import { registerDevice } from './register-device.ts'
import { relayAccess } from './relay-access.ts'
import { watchSites, type SiteWatch } from './site-watch.ts'
import type { Snapshots } from './snapshot.ts'
import { tellRead } from './tell-read.ts'
import { whileLive } from './while-live.ts'

/**
 * The site in use, for the drain. Plain text is never sent into a room that has become encrypted since it was written, and
 * no declaration that has been overtaken; state is never encrypted.
 * `refused`: the site knows the session no more, or has locked the account; a sync that waits for news says so later.
 */
function gateOf(connection: Connection, context: Context, refused: () => void): EventGate {
  const senders = context.deployment.sites.map((site) => accountAt(site, context.session.person))
  return {
    ...connection,
    find: (...what) => connection.find(senders, ...what),
    async send(room, type, content, txn, state_key) {
      const rooms = roomsNow(context)
      if (state_key === undefined && rooms.find((r) => r.id === room)?.encrypted)
        return { failure: { fate: 'refuse', reason: 'encrypted' } }
      if (state_key !== undefined && isOvertaken(context.deployment, rooms, type, content, context.ports.clock.now()))
        return { failure: { fate: 'refuse', reason: 'overtaken' } }
      const sent = await connection.send(room, type, content, txn, state_key)
      if ('failure' in sent && sent.failure.reason === 'signed_out') refused()
      return sent
    },
  }
}

/** What somebody else has left here on this device waits for them, and goes out as nobody else (DEVICE-4). */
const ownOf = (outbox: OutboxPort, person: PersonId): OutboxStore => ({
  ...outbox,
  all: async () => (await outbox.all()).filter((item) => item.person === person),
})

/** Runs for one session and one deployment file; returns the stop. */
async function runFor(
  outside: Ports,
  snapshots: Snapshots,
  signedIn: Session,
  deployment: Deployment,
  trouble: (error: unknown) => void,
): Promise<() => Promise<void>> {
  let live = true
  const ports = whileLive(outside, () => live)
  const session = sessionBy(deployment, signedIn)
  const { clock, settings } = ports
  const matrix = await ports.matrix()
  let watch: SiteWatch | null = null
  const account = () => session.accounts.find((a) => a.site === watch?.current()) ?? null
  const context: Context = { ports, matrix, session, deployment, snapshots, account, trouble }

  const access = relayAccess(context)
  watch = watchSites(context, {
    moved() {
      standby.poke()
      link.moved()
      drain.poke()
      worker.poke()
    },
    renewed() {
      link.renewed()
      drain.wake()
    },
    answered() {
      drain.wake()
      device.poke()
      sessions.poke()
    },
  })
  const link = startLink(context, {
    state(state) {
      watch.heard(state)
      if (state === 'signed_out') sessions.poke()
      if (state !== 'live') return
      drain.wake()
      handbook.poke()
      reads.poke()
    },
    connected() {
      drain.poke()
      members.anew()
      reads.poke()
    },
    restored: (site) => void afterRestore(site).catch(trouble),
    said: noteEchoes(context),
  })
  const drain = startDrain({
    store: ownOf(ports.outbox, session.person),
    events() {
      const connection = link.connection()
      return connection && gateOf(connection, context, () => sessions.poke())
    },
    responses: ports.responseGate(() => relaysInOrder(context), access),
    now: () => clock.now(),
    random: () => clock.random(),
    at: (at, run) => clock.at(at, run),
    changed: () => {},
    trouble,
  })
  const members = loadMembers(context)
  const handbook = loadHandbook(context)
  const device = registerDevice(context, access.bearer)
  const worker = equipWorker(context, access)
  const sessions = checkSessions(context, () => device.poke())
  const standby = joinStandby(context)
  const hands = checkClock(context)
  const reads = tellRead(context, () => link.connection())

  async function afterRestore(site: SiteId): Promise<void> {
    await doubtTaken(context, site)
    device.poke()
  }
  const epochs = heedEpochs(context, async (site) => {
    await link.anew(site)
    await afterRestore(site)
  })
  const kept = [watch, members, handbook, device, worker, sessions, standby, hands, epochs, reads]

  const everything = () => {
    for (const part of kept) part.poke()
    drain.wake()
  }
  const ends = [
    // A push has come through: the network is there, and something may have changed.
    ports.inbox.onChange(everything),
    ports.outbox.onChange(() => drain.poke()),
    clock.onJump(everything),
    snapshots.onChange(() => {
      watch.reconsider()
      epochs.poke()
      members.poke()
      handbook.poke()
      reads.poke()
    }),
    settings.onChange((key) => {
      if (key === 'ask') everything()
      if (key === 'sessions') watch.poke()
      if (key === 'push_changed' || key === 'language' || key === 'muted') device.poke()
      if (key === 'push_changed' || key === 'bearer' || key === 'clock') worker.poke()
    }),
  ]
  drain.poke()
  return async () => {
    live = false
    for (const end of ends) end()
    await Promise.all([...kept.map((part) => part.stop()), link.stop(), drain.stop()])
  }
}

const LOOK_FOR_DEPLOYMENT = 3600_000
const RETRY = 30_000
const ATTEMPTS = 2

/**
 * Runs whenever somebody is signed in; follows sign-in, sign-out and a newer deployment file. Returns the stop.
 * `handOver`: another window may try, for this one cannot run it.
 */
export function startEngine(
  ports: Ports,
  snapshots: Snapshots,
  trouble: (error: unknown) => void,
  handOver: () => void,
): () => Promise<void> {
  const { clock, settings, storage } = ports
  /** Attempts that failed one after the other: a part of the app that cannot be loaded here, may be elsewhere. */
  let failures = 0
  let running: { key: string; stop: () => Promise<void> } | null = null

  const follow = keep(
    clock,
    async () => {
      const [session, deployment] = await Promise.all([recall(settings, 'session'), recall(settings, 'deployment')])
      // What was emptied under the run is synced from the start by another.
      const emptied = storage.state().emptied
      const key = session && deployment ? JSON.stringify([session, deployment, emptied]) : ''
      if (key === (running?.key ?? '')) return null
      await running?.stop()
      running = null
      // Whoever signs out waits for this before the device is emptied.
      if (!session) await remember(settings, 'status', null)
      if (session && deployment) running = { key, stop: await runFor(ports, snapshots, session, deployment, trouble) }
      failures = 0
      return null
    },
    (error) => {
      trouble(error)
      failures += 1
      if (failures === ATTEMPTS) handOver()
    },
  )
  const refresh = keep(
    clock,
    async () => {
      const known = await recall(settings, 'deployment')
      const relays = known?.sites.flatMap(({ relay }) => (relay ? [`${relay}/v1/deployment`] : [])) ?? []
      const found = await ports.loadDeployment([`${ports.origin}/notanker.json`, ...relays])
      const newer = newerDeployment(known, found === 'unreadable' ? null : found)
      if (newer && newer !== known) await remember(settings, 'deployment', newer)
      return found && found !== 'unreadable' ? LOOK_FOR_DEPLOYMENT : RETRY
    },
    trouble,
  )
  const stopListening = settings.onChange((key) => {
    if (key === 'session' || key === 'deployment') follow.poke()
  })
  const stopWatching = storage.onChange(() => follow.poke())
  return async () => {
    stopListening()
    stopWatching()
    await Promise.all([follow.stop(), refresh.stop()])
    await running?.stop()
  }
}
