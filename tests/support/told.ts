/**
 * What monitors say of watched sites, read from the relays, and what is declared and told there, read from the
 * homeservers. A row of the table of failures begins with `home` and ends with `holds`.
 */
import { expect } from 'vitest'
import { TYPE, type RoomEvent } from '../../src/core/event.ts'
import type { RoomId } from '../../src/core/ids.ts'
import type { Proposal } from '../../src/core/proposal.ts'
import type { Observation, RelayStatus } from '../../src/core/relay.ts'
import type { Homeserver } from '../../src/server/homeserver.ts'
import { eventsOf, logIn } from './rest.ts'
import { waitFor } from './wait.ts'
import type { MonitorId, SiteId, Watched } from './watched.ts'

type Fits = (status: RelayStatus) => boolean

/** Of each site, in the deployment file's order. */
export const verdict =
  (...verdicts: string[]): Fits =>
  (status) =>
    Object.values(status.verdict).join() === verdicts.join()
export const inUse =
  (site: SiteId): Fits =>
  (status) =>
    status.active_site === site
const observed = (status: RelayStatus | null, id: string): Observation | undefined =>
  status?.observed.find((o) => o.id === id)
export const finds =
  (id: string, ok: boolean): Fits =>
  (status) =>
    observed(status, id)?.ok === ok

/** What an event of an alert room declares or tells, in a word, but for how it all began; incidents are numbered in the order in which they came. */
function word({ type, content }: RoomEvent, incidents: string[]): string | null {
  const number = (incident: unknown) => {
    if (!incidents.includes(String(incident))) incidents.push(String(incident))
    return incidents.indexOf(String(incident)) + 1
  }
  // What a manager writes by hand bears no incident; its copies in the other rooms and its alerts do.
  const incident = content['incident'] === undefined ? '' : ` #${number(content['incident'])}`
  if (type === TYPE.activeSite && content['by'] === 'provision') return null
  if (type === TYPE.activeSite) return `${String(content['by'])} declares ${String(content['site'])}${incident}`
  const alert = content[TYPE.alert] as { id: string; rev: number; kind: string } | undefined
  return alert ? `${alert.kind} #${number(alert.id)}.${alert.rev}` : null
}

/** Where to look, if not at all sites and at all that monitors do. */
interface Where {
  sites?: readonly SiteId[]
  monitors?: readonly MonitorId[]
  /** What stands in the room into which a manager declares, if not the same. */
  byHand?: string[]
}

export interface Told {
  /** Until what these monitors say fits. */
  says(what: string, monitors: readonly MonitorId[], fits: Fits): Promise<void>
  /** Why each of them finds this wanting. */
  reasons(id: string, monitors?: readonly MonitorId[]): Promise<(string | undefined)[]>
  /** All is well, people are at A, and nobody says anything more. What is asked for below is what comes from then on. */
  home(): Promise<void>
  /** This is said in every alert room, nothing else in the rounds that follow, and the homeservers hold the same. */
  holds(words: string[], where?: Where): Promise<void>
  /** A manager's declaration, into one alert room only. */
  declare(at: SiteId, content: object): Promise<void>
  /** What relays have declared last, as B has it. */
  declared(): Promise<Record<string, unknown> | undefined>
  /** State of each proposal in the Lage room, and how many revisions it is after the first of the row. */
  proposals(): Promise<string[]>
  /** The one that stands there, once there is one. */
  proposal(): Promise<Proposal>
}

const MANAGER = 'j.lindhorst'

export async function openTold(world: Watched): Promise<Told> {
  const rooms = (kind: string) => world.demo.rooms.filter((room) => room.kind === kind).map((room) => room.room_id)
  /** In the order of their ids, as relays have them. */
  const alertRooms = rooms('alert').toSorted((a, b) => (a < b ? -1 : 1))
  const [lage] = rooms('lage') as [RoomId]
  /** Not the one that relays begin with. */
  const managersRoom = alertRooms[1]!
  const { sites, monitors } = world
  const atEach = async (of: (site: SiteId) => Promise<Homeserver>) =>
    Object.fromEntries(await Promise.all(sites.map(async (site) => [site, await of(site)] as const))) as Record<
      SiteId,
      Homeserver
    >
  const bots = await atEach(world.bot)
  const managers = await atEach((site) => logIn(world.site(site), MANAGER, world.password(MANAGER)))
  /** Events that were there when the row began. */
  let old = new Set<string>()

  const history = (site: SiteId) => Promise.all(alertRooms.map((room) => eventsOf(bots[site], room)))
  /** What has been declared and told since, in each alert room, as a homeserver has it. */
  async function news(site: SiteId): Promise<string[][]> {
    const incidents: string[] = []
    const all = await history(site)
    return all.map((events) => events.filter((e) => !old.has(e.event_id)).flatMap((e) => word(e, incidents) ?? []))
  }
  const lageEvents = async () => (await eventsOf(bots.b, lage)).filter((e) => e.type === TYPE.proposal)
  const proposals = async () => (await lageEvents()).filter((e) => !old.has(e.event_id)).map((e) => e.content)

  /** The events of all sites, once they hold the same of what was declared and told, and some rounds add nothing. */
  async function settled(): Promise<RoomEvent[]> {
    const spoken = (events: RoomEvent[]) => events.flatMap((e) => (word(e, []) ? [e.event_id] : []))
    for (let before: string | null = null; ;) {
      await world.rounds(monitors)
      const all = await Promise.all(sites.map(async (site) => (await history(site)).flat()))
      const [first, ...others] = all.map((events) => spoken(events).toSorted().join())
      if (first === before && others.every((spoken) => spoken === first))
        return [...all.flat(), ...(await lageEvents())]
      before = first!
    }
  }

  const says: Told['says'] = async (what, monitors, fits) => {
    await waitFor(`${monitors.join(', ')} to say ${what}`, async () => {
      const all = await Promise.all(monitors.map((id) => world.status(id)))
      return all.every((status) => status && fits(status))
    })
  }
  const declare: Told['declare'] = async (at, content) => {
    const declaration = { v: 1, since: Date.now(), by: 'manager', ...content }
    await managers[at].setState(managersRoom, TYPE.activeSite, '', declaration)
  }

  return {
    says,
    declare,
    declared: async () => (await bots.b.stateEvent(alertRooms[0]!, TYPE.activeSite))?.content,
    reasons: (id, of = monitors) =>
      Promise.all(of.map(async (monitor) => observed(await world.status(monitor), id)?.reason)),
    async home() {
      await world.heal()
      for (const site of sites) await world.running.start(site)
      const sound: Fits = (status) =>
        verdict(...sites.map(() => 'up'))(status) && Object.values(status.sites).every(({ up }) => up === true)
      await says('that all is well', monitors, sound)
      for (const site of sites)
        await says('that the homeserver beside it works', [site], finds(`${site}/round_trip`, true))
      // A relay that has just started says so once it knows the rooms.
      await says('which site is in use', sites, (status) => status.active_site !== null)
      const from = (await world.status('b'))?.active_site as SiteId
      if (from !== 'a') await declare(from, { site: 'a', from })
      await says('that people are at A', sites, inUse('a'))
      old = new Set((await settled()).map((e) => e.event_id))
    },
    async holds(words, { sites: at = sites, monitors: of = monitors, byHand = words } = {}) {
      const all = alertRooms.map((room) => (room === managersRoom ? byHand : words))
      const isThere = (room: string[], i: number) => room.length >= all[i]!.length
      for (const site of at) await waitFor(`the news at ${site}`, async () => (await news(site)).every(isThere))
      await world.rounds(of)
      for (const site of at) expect(await news(site), `at site ${site}`).toEqual(all)
    },
    async proposals() {
      const all = await proposals()
      return all.map(({ state, rev }) => `${String(state)} +${Number(rev) - Number(all[0]!['rev'])}`)
    },
    proposal: () => waitFor('a proposal', async () => (await proposals()).at(-1) as Proposal | undefined),
  }
}
