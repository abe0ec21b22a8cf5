/** Plays a schedule on a real deployment and real browsers, heals everything, waits until all has settled, and judges. */
import { setTimeout as pause } from 'node:timers/promises'
import type { RunningDeployment } from '../../src/stack/deployment.ts'
import { signal } from '../support/process.ts'
import { judge, type AnswerLook, type Evidence, type Look, type Verdict } from './judge.ts'
import { createPerson, type Person } from './person.ts'
import {
  ALERT_ROOM,
  isAccident,
  PEOPLE,
  TEAMS,
  type Accident,
  type Deed,
  type Place,
  type Schedule,
  type Site,
  type Step,
} from './schedule.ts'
import { openSites, type Sites } from './sites.ts'
import type { Sight } from './watch.ts'

const ROOMS = [ALERT_ROOM, ...TEAMS]
/** How long everything may take to settle when all is well again, ms; and what is still missing after everybody says it is done. */
const SETTLING = 300_000
const AGREED = 30_000

export interface Run {
  evidence: Evidence
  verdict: Verdict
  /** Second copies at the homeservers, which members do not see. */
  copies: number
  /** What of the schedule was really done. */
  done: Step[]
}

export interface Stage {
  deployment: RunningDeployment
  people: Person[]
  looks: Look[]
  answers: AnswerLook[]
  stamps: Map<string, number | null>
  /** What of the schedule was really done; the figures count nothing else. */
  done: Step[]
  log: (line: string) => void
}

const roomOf = (label: string) => ROOMS.find((room) => label.endsWith(room)) ?? label

/** Signs everybody in, one after the other: browsers are heavy when they start. */
export async function setStage(
  deployment: RunningDeployment,
  count: number,
  record: (person: number, sight: Sight) => void,
  log: (line: string) => void,
): Promise<Stage> {
  const { accounts, rooms } = deployment.describe()
  const stage: Stage = { deployment, people: [], looks: [], answers: [], stamps: new Map(), done: [], log }
  const byTitle = new Map(rooms.filter((room) => ROOMS.includes(room.title)).map((room) => [room.title, room.room_id]))
  for (const [person, name] of PEOPLE.slice(0, count).entries()) {
    const saw = (sight: Sight) => {
      record(person, sight)
      const at = Date.now()
      if (sight.kind === 'room') stage.looks.push({ at, person, room: roomOf(sight.room), lines: sight.lines })
      else stage.answers.push({ at, person, stamp: sight.stamp, key: sight.key, state: sight.state })
    }
    const { password } = accounts.find((account) => account.person === name)!
    stage.people.push(await createPerson({ origin: deployment.deployment.app, name, password, rooms: byTitle, saw }))
    log(`${name} is signed in`)
  }
  return stage
}

/** `host:port` of what a place of the schedule means. */
function destinations({ ports }: RunningDeployment, place: Place): (string | undefined)[] {
  const at = (port: number) => `localhost:${port}`
  switch (place) {
    case 'all':
      return [undefined]
    case 'app':
      return [at(ports.app)]
    case 'relay a':
    case 'relay b':
      return [at(ports.sites[place === 'relay a' ? 'a' : 'b'].relay)]
    case 'a':
    case 'b':
      return [at(ports.sites[place].client), at(ports.sites[place].relay)]
    default:
      return place satisfies never
  }
}

function killRelay(deployment: RunningDeployment, site: Site): void {
  const pid = deployment.describe().sites.find(({ id }) => id === site)?.pid.relay
  if (pid) signal(pid, 'SIGKILL')
}

/** Returns when it is over. */
async function happen({ deployment, people }: Stage, step: Accident): Promise<void> {
  switch (step.do) {
    case 'network': {
      const { proxy } = people[step.person]!
      const places = destinations(deployment, step.place)
      for (const place of places) proxy.set(step.fault, place)
      await pause(step.for)
      for (const place of places) {
        if (place === undefined) proxy.set({ kind: 'ok' })
        else proxy.heal(place)
      }
      return
    }
    case 'site':
      await (step.how === 'kill' ? deployment.kill(step.site) : deployment.freeze(step.site))
      await pause(step.for)
      return step.how === 'kill' ? deployment.start(step.site) : deployment.thaw(step.site)
    case 'relay':
      killRelay(deployment, step.site)
      await pause(step.for)
      return deployment.start(step.site)
    default:
      return step satisfies never
  }
}

async function act({ people, stamps }: Stage, step: Deed): Promise<void> {
  const person = people[step.person]!
  switch (step.do) {
    case 'say':
      return person.say(step.room, `${step.item} in ${step.room}`)
    case 'alert':
      return person.alert(`${step.item} Räumung`)
    case 'answer':
      stamps.set(step.item, null)
      return void stamps.set(step.item, await person.answer(`${step.alert} Räumung`, step.key))
    case 'kill':
      await person.kill()
      await pause(step.for)
      return person.back().catch(() => person.kill().then(person.back))
    case 'reload':
      return person.reload()
    default:
      return step satisfies never
  }
}

/** What a person cannot do is told and left: only what a screen has called saved is a promise. */
async function live(stage: Stage, deeds: (Deed & { at: number })[], begin: number): Promise<void> {
  for (const deed of deeds) {
    await pause(Math.max(0, begin + deed.at - performance.now()))
    try {
      await act(stage, deed)
      stage.done.push(deed)
    } catch (error) {
      const what = 'item' in deed ? `${deed.do} ${deed.item}` : deed.do
      stage.log(`${PEOPLE[deed.person]} could not ${what}: ${(error as Error).message}`)
    }
  }
}

export async function play(stage: Stage, { steps, people, end }: Schedule): Promise<void> {
  const begin = performance.now()
  const accidents = steps.filter(isAccident).map(async (step) => {
    await pause(step.at)
    stage.log(`${(step.at / 1000).toFixed(0)} s: ${JSON.stringify(step)}`)
    try {
      await happen(stage, step)
      stage.done.push(step)
    } catch (error) {
      stage.log(`that went wrong: ${(error as Error).message}`)
    }
  })
  const lives = [...Array(people).keys()].map((person) =>
    live(
      stage,
      steps.filter((step) => !isAccident(step) && step.person === person) as (Deed & { at: number })[],
      begin,
    ),
  )
  await Promise.all([...accidents, ...lives, pause(end)])
}

async function look(stage: Stage, schedule: Schedule, sites: Sites): Promise<{ evidence: Evidence; agree: boolean }> {
  const found = await sites.find()
  const screens: Look[] = []
  let done = true
  for (const [person, p] of stage.people.entries()) {
    for (const room of ROOMS) screens.push({ at: Date.now(), person, room, lines: (await p.see(room)).lines })
    done &&= await p.isDone()
  }
  const sets = found.map(({ rooms }) => JSON.stringify([...rooms].map(([room, texts]) => [room, texts.toSorted()])))
  const { looks, answers, stamps } = stage
  return { evidence: { schedule, looks, answers, stamps, found, screens }, agree: done && new Set(sets).size === 1 }
}

/** Everything runs again, also a browser that has not come back by itself. */
async function heal({ people, deployment }: Stage): Promise<void> {
  for (const person of people) person.proxy.heal()
  for (const site of ['a', 'b'] as const) await deployment.start(site)
  for (const person of people) await person.visit(ALERT_ROOM).catch(() => person.kill().then(person.back))
}

/** Looks until nothing is wrong, or nothing has been under way for a while. */
export async function settle(stage: Stage, schedule: Schedule): Promise<Run> {
  await heal(stage)
  const sites = await openSites(stage.deployment)
  const end = performance.now() + SETTLING
  let agreed = Infinity
  let told = ''
  for (;;) {
    const seen = await look(stage, schedule, sites).catch((error: unknown) => {
      if (performance.now() > end) throw error
      stage.log(`settling: ${(error as Error).message}`)
      return null
    })
    if (!seen) continue
    const { evidence, agree } = seen
    const verdict = judge(evidence)
    const now = performance.now()
    agreed = agree ? Math.min(agreed, now) : Infinity
    const missing = verdict.lost.length
    if ((agree && missing === 0) || now - agreed > AGREED || now > end)
      return { evidence, verdict, copies: sites.copies(), done: stage.done }
    const what = missing ? `${missing} missing (${verdict.lost.slice(0, 3).join('; ')})` : 'nothing missing'
    const state = `settling: ${what}, ${agree ? 'nothing under way' : 'something is under way'}`
    if (state !== told) stage.log(state)
    told = state
  }
}
