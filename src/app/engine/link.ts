/** The conversation with the site in use: joins the agency's rooms, syncs them, and starts anew when either changes. */
import type { Account, Connection, SyncState } from '../../core/ports.ts'
import type { RoomEvent } from '../../core/event.ts'
import type { RoomId, SiteId } from '../../core/ids.ts'
import type { Context } from './context.ts'
import { keep } from './keep.ts'

/** Time to the next try, ms: while there is nothing to sync, and while it is not known whether there is more. */
const [RETRY, RETRY_ROOMS] = [3_000, 30_000]
/** Rooms that were made, or opened to this person, without an invitation. */
const LOOK_FOR_ROOMS = 10 * 60_000

export interface Link {
  connection(): Connection | null
  /** Another account is to be used. */
  moved(): void
  /** The same account, from the start of a conversation. */
  renewed(): void
  /** The homeserver of the site was restored from a copy: it is synced from the start. */
  anew(site: SiteId): Promise<void>
  stop(): Promise<void>
}

const MEMBER = 'm.room.member'

const same = (a: readonly RoomId[], b: readonly RoomId[]): boolean =>
  a.length === b.length && a.every((id) => b.includes(id))

export function startLink(
  context: Context,
  on: {
    state: (state: SyncState) => void
    connected: () => void
    /** The homeserver in use was restored from a copy. */
    restored: (site: SiteId) => void
    said: (events: readonly RoomEvent[]) => void
  },
): Link {
  const { ports, matrix, deployment } = context
  let open: { account: Account; rooms: RoomId[]; connection: Connection } | null = null
  /** Resolves when another site is to be used: nobody waits for what a frozen one may still say. */
  let away = Promise.withResolvers<null>()
  let ended = false
  /** Whoever connects looks whether it is still wanted. */
  let closed = 0

  function close(): void {
    closed += 1
    open?.connection.stop()
    open = null
  }

  async function sync(account: Account, rooms: RoomId[]): Promise<void> {
    close()
    if (ended) return
    const before = closed
    const connection = await matrix.connect(account, rooms, {
      state: on.state,
      said: on.said,
      rooms: () => kept.poke(),
      restored: () => on.restored(account.site),
    })
    if (closed !== before) return connection.stop()
    open = { account, rooms, connection }
    on.connected()
  }

  /**
   * Who was put out of a room is so at every site, and rows stay while another account is in it. Where that account cannot be
   * asked they stay, too: one that was deactivated at a single site has left every room there.
   */
  async function leaveElsewhere(account: Account): Promise<void> {
    const mine = (await ports.projection.position(account.user))?.joined
    if (!mine) return
    for (const other of context.session.accounts.filter(({ user }) => user !== account.user)) {
      const there = await ports.projection.position(other.user)
      for (const room of there?.joined?.filter((id) => !mine.includes(id)) ?? []) {
        const said = await Promise.race([matrix.stateEvent(other, room, MEMBER, other.user), away.promise])
        if (!said || said['membership'] === 'join') continue
        const batch = { account: other.user, initial: false, rooms: [], left: [room], next_batch: there!.since }
        await ports.projection.apply(batch, ports.clock.now())
      }
    }
  }

  async function work(): Promise<number> {
    const account = context.account()
    if (open?.account.site !== account?.site) close()
    if (!account) return RETRY
    const known = (await ports.projection.position(account.user))?.rooms ?? []
    // What is known is synced first. Whether there is more is asked afterwards.
    if (!open && known.length) {
      await sync(account, known)
      return 0
    }
    const joined = await Promise.race([matrix.joinAgencyRooms(account, deployment), away.promise])
    if (ended || context.account()?.site !== account.site) return 0
    if (!joined?.length) return open ? RETRY_ROOMS : RETRY
    if (!same(joined, known)) await ports.projection.rememberRooms(account.user, joined)
    if (!open || !same(joined, open.rooms)) await sync(account, joined)
    await leaveElsewhere(account)
    return LOOK_FOR_ROOMS
  }

  const kept = keep(ports.clock, work, context.trouble)
  return {
    connection: () => (open && open.account.site === context.account()?.site ? open.connection : null),
    renewed() {
      close()
      kept.poke()
    },
    async anew(site) {
      const account = context.session.accounts.find((a) => a.site === site)
      if (!account) return
      // First: what this conversation still brings must not bring its position back. Two sites may be of one account.
      if (context.account()?.user === account.user) close()
      await ports.projection.startAnew(account.user)
      kept.poke()
    },
    moved() {
      away.resolve(null)
      away = Promise.withResolvers()
      kept.poke()
    },
    async stop() {
      ended = true
      away.resolve(null)
      close()
      await kept.stop()
      close()
    },
  }
}
