/** A running conversation with the homeserver in use: sync into the projection, events out. */
import type { Account, Clock, Connection, Matrix, Projection, SyncState } from '../core/ports.ts'
import type { RoomId } from '../core/ids.ts'
import { filterOf } from './filter.ts'
import { openIntake } from './intake.ts'
import { find, has, send, tellRead } from './rooms.ts'
import { SdkState, startSync } from './sdk.ts'

const STATES: Readonly<Record<SdkState, SyncState | null>> = {
  [SdkState.Prepared]: 'live',
  [SdkState.Syncing]: 'live',
  [SdkState.Catchup]: 'connecting',
  [SdkState.Reconnecting]: 'failing',
  [SdkState.Error]: 'failing',
  [SdkState.Stopped]: null,
}

const sameRooms = (a: readonly RoomId[], b: readonly RoomId[]) => a.toSorted().join() === b.toSorted().join()

/** Where the account goes on; another list of rooms is synced from the start. */
async function position(projection: Projection, account: Account, rooms: RoomId[]): Promise<string | null> {
  const known = await projection.position(account.user)
  if (known && sameRooms(known.rooms, rooms)) return known.since
  await projection.rememberRooms(account.user, rooms)
  return null
}

export async function connect(
  { projection, clock }: { projection: Projection; clock: Clock },
  account: Account,
  rooms: RoomId[],
  on: Parameters<Matrix['connect']>[2],
): Promise<Connection> {
  const stopped = new AbortController()
  let state: SyncState | null = null
  const say = (next: SyncState, detail?: string) => {
    if (next === state || state === 'signed_out' || stopped.signal.aborted) return
    state = next
    on.state(next, detail)
  }
  const trouble = (error: unknown) => say('failing', String(error))

  let endRun = () => {}
  /** Once is enough: a server whose positions mean something else would have us start for ever. */
  let anew = false
  async function run(since: string | null): Promise<void> {
    const ended = new AbortController()
    endRun = () => ended.abort()
    const restored = () => {
      if (anew) return false
      anew = true
      endRun()
      void projection
        .startAnew(account.user)
        .then(() => run(null))
        .catch(trouble)
      on.restored()
      return true
    }
    const ports = { projection, clock, rooms: on.rooms, said: on.said, restored, trouble }
    const { take } = await openIntake(ports, account, rooms, since, ended.signal)
    if (stopped.signal.aborted) return
    const filter = filterOf(rooms, since === null ? clock.random() : 0)
    const endSync = startSync(
      account,
      filter,
      { since, take },
      {
        state: (next, error) => {
          const said = STATES[next]
          if (said) say(said, error?.message)
        },
        signedOut() {
          say('signed_out')
          endRun()
        },
      },
    )
    endRun = () => {
      ended.abort()
      endSync()
    }
  }

  say('connecting')
  await run(await position(projection, account, rooms))
  return {
    account,
    site: account.site,
    send: (...item) => send(account, stopped.signal, ...item),
    has: (...item) => has(account, stopped.signal, ...item),
    find: (...what) => find(account, stopped.signal, ...what),
    tellRead: (...position) => tellRead(account, stopped.signal, ...position),
    stop() {
      stopped.abort()
      endRun()
    },
  }
}
