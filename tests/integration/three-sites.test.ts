/** Three real sites and a witness are four monitors: with one site gone three agree, with two gone nobody has a majority. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { onlyOnce } from '../../src/core/timeline.ts'
import type { Account } from '../../src/core/ports.ts'
import { loadPlan, membersOf } from '../../src/server/provision/index.ts'
import { PLAN } from '../../src/stack/paths.ts'
import { device, signIn, text, texts } from '../support/matrix-device.ts'
import { startPhone } from '../support/phone.ts'
import { messagesOf } from '../support/rest.ts'
import { inUse, openTold, verdict, type Told } from '../support/told.ts'
import { waitFor } from '../support/wait.ts'
import { startWatched, type SiteId, type Watched } from '../support/watched.ts'

const [PERSON, TEAM] = ['d.aydemir', 'Pforte und Haustechnik']
/** How long it may take until two sites that were dead have caught up, ms. */
const CAUGHT_UP = 300_000

let world: Watched
let told: Told
beforeAll(async () => {
  world = await startWatched({ sites: 3 })
  told = await openTold(world)
})
afterAll(() => world?.stop())

it('PLAN-3 everybody, and the bot of every site, is in every room of the plan, as each of three sites has it', async () => {
  const plan = await loadPlan(PLAN)
  for (const site of world.sites) {
    const bot = await world.bot(site)
    for (const room of plan.rooms) {
      const path = `/_matrix/client/v3/rooms/${encodeURIComponent(world.room(room.title))}/joined_members`
      const { joined } = await bot.call('GET', path)
      const expected = ['notanker', ...membersOf(plan, room)].flatMap((person) =>
        world.demo.sites.map(({ server_name }) => `@${person}:${server_name}`),
      )
      expect(Object.keys(joined as object).toSorted(), `${room.title} at ${site}`).toEqual(expected.toSorted())
    }
  }
})

it(
  'SITE-1 SITE-5 SITE-8 SITE-12 SWITCH-9 A dies, then B: relays move people once, then a manager does, and nothing that was said is lost',
  { timeout: 2 * CAUGHT_UP },
  async () => {
    await told.home()
    const { deployment } = world.running
    const room = world.room(TEAM)
    const app = device()
    const accounts: Account[] = []
    for (const site of world.sites) accounts.push(await signIn(world, app, PERSON, site))
    const phone = await startPhone(deployment, accounts, app)
    const isAt = (site: SiteId) => waitFor(`the phone at ${site}`, async () => (await phone.status())?.site === site)
    /** Said by the phone where it is, and by somebody else there. */
    const saysAt = async (site: SiteId) => {
      await isAt(site)
      await phone.say(room, `Handy an ${site}`)
      await (await world.bot(site)).send(room, 'm.room.message', text(`Amt an ${site}`), randomUUID())
      await phone.taken()
      await waitFor(`what was said at ${site}`, async () =>
        (await texts(app.projection, room)).includes(`Amt an ${site}`),
      )
    }
    await saysAt('a')

    await world.running.kill('a')
    const besideA = ['b', 'c', 'witness'] as const
    await told.says('that A is down', besideA, verdict('down', 'up', 'up'))
    await told.says('that people are at B', ['b', 'c'], inUse('b'))
    const failover = ['monitor declares b #1', 'failover #1.0']
    await told.holds(failover, { sites: ['b', 'c'], monitors: besideA })
    await saysAt('b')

    await world.running.kill('b')
    const left = ['c', 'witness'] as const
    await told.says('that B does not answer', left, ({ sites }) => sites['b']?.up === false)
    await told.says('that nobody is sure', left, verdict('unknown', 'unknown', 'unknown'))
    await saysAt('c')
    await told.holds(failover, { sites: ['c'], monitors: left })
    await told.declare('c', { site: 'c', from: 'b' })
    await told.says('that people are at C', ['c'], inUse('c'))
    const words = [...failover, 'manager declares c #2', 'failover #2.0']
    const byHand = [...failover, 'manager declares c', 'failover #2.0']
    await told.holds(words, { byHand, sites: ['c'], monitors: left })

    await Promise.all((['a', 'b'] as const).map((site) => world.running.start(site)))
    await told.says('that all are up', world.monitors, verdict('up', 'up', 'up'))
    await told.says('that people are at C', world.sites, inUse('c'))
    const said = world.sites.flatMap((site) => [`Amt an ${site}`, `Handy an ${site}`]).toSorted()
    for (const site of world.sites) {
      const bot = await world.bot(site)
      /** As a person reads them. */
      const there = async () => {
        const bodies = onlyOnce(deployment, await messagesOf(bot, room)).map(({ content }) => String(content['body']))
        return bodies.filter((body) => said.includes(body))
      }
      await waitFor(`what was said, at ${site}`, async () => new Set(await there()).size === said.length, CAUGHT_UP)
      expect((await there()).toSorted(), `at ${site}`).toEqual(said)
    }
    await isAt('c')
    await told.holds(words, { byHand })
  },
)
