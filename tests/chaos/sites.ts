/** What both homeservers have at the end: asked of them, not of a screen. */
import * as v from 'valibot'
import { alertSchema } from '../../src/core/alert.ts'
import { TYPE, type RoomEvent } from '../../src/core/event.ts'
import { parseOrNull } from '../../src/core/parse.ts'
import { foldTally, readTally } from '../../src/core/response.ts'
import { onlyOnce } from '../../src/core/timeline.ts'
import type { Homeserver } from '../../src/server/homeserver.ts'
import type { RunningDeployment } from '../../src/stack/deployment.ts'
import { eventsOf, logIn } from '../support/rest.ts'
import type { Found } from './judge.ts'
import { ALERT_ROOM, LAGE, PEOPLE, TEAMS } from './schedule.ts'

const headlineOf = (event: RoomEvent) => parseOrNull(v.pick(alertSchema, ['id', 'headline']), event.content[TYPE.alert])
const bodyOf = (event: RoomEvent) => String(event.content['body'])

export interface Sites {
  find(): Promise<Found[]>
  /** How many events are there a second time, as Matrix clients without Notanker show them. */
  copies(): number
}

/** Signs in at both sites; a site that is down then is waited for. */
export async function openSites(deployment: RunningDeployment): Promise<Sites> {
  const { sites, accounts, rooms } = deployment.describe()
  const manager = accounts.find(({ person }) => person === PEOPLE[0])!
  const readers = await Promise.all(
    sites.map(async (site) => ({ site, account: await logIn(site, manager.person, manager.password) })),
  )
  let copies = 0

  async function find(site: string, account: Homeserver): Promise<Found> {
    const of = async (title: string) => eventsOf(account, rooms.find((room) => room.title === title)!.room_id)
    const found: Found = { site, rooms: new Map(), tallies: new Map() }
    for (const title of [ALERT_ROOM, ...TEAMS]) {
      const messages = (await of(title)).filter((event) => event.type === 'm.room.message')
      const once = onlyOnce(deployment.deployment, messages)
      copies += messages.length - once.length
      found.rooms.set(title, once.map(bodyOf))
      if (title !== ALERT_ROOM) continue
      for (const alert of once.flatMap((event) => headlineOf(event) ?? [])) {
        const tallies = (await of(LAGE)).flatMap((event) => {
          const content = readTally(event)
          return content ? [{ event_id: event.event_id, content }] : []
        })
        const counts = [...foldTally(alert.id, tallies)].map(
          ([person, { at, key }]) =>
            [PEOPLE.indexOf(person as (typeof PEOPLE)[number] & typeof person), { stamp: at, key }] as const,
        )
        found.tallies.set(alert.headline.slice(0, 5), new Map(counts))
      }
    }
    return found
  }
  return {
    copies: () => copies,
    find() {
      copies = 0
      return Promise.all(readers.map(({ site, account }) => find(site.id, account)))
    },
  }
}
