/**
 * `npm run chaos -- --seed N --minutes M [--people P]`: people on the built app in real browsers, two real sites, and
 * everything that can go wrong between them; then nothing may be missing, there twice, out of order or gone back a step
 * (docs/benchmarks.md). Details go to stderr, the counts are the last line of stdout; exit status 1 unless they are 0.
 * `--break dedupe|persistence`: the same with a part of the app switched off, which has to be noticed.
 */
import { appendFileSync, cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { ROOT } from '../../src/stack/paths.ts'
import { startDeployment } from '../../src/stack/deployment.ts'
import { freeBase } from '../support/ports.ts'
import { installBrowsers } from '../support/install-browsers.ts'
import { planOf } from './agency.ts'
import { BREAKS, buildBroken, type Break } from './broken.ts'
import { countsOf, PEOPLE, scheduleOf, type Schedule } from './schedule.ts'
import { play, setStage, settle, type Run, type Stage } from './run.ts'

const LOGS = ['a/homeserver.log', 'a/relay.log', 'b/homeserver.log', 'b/relay.log', 'witness/relay.log']
const say = (line: string) => void process.stderr.write(`${line}\n`)

interface Wish {
  seed: number
  minutes: number
  people: number
  broken: Break | null
}

/** Throws one sentence. */
function readWish(): Wish {
  const options = {
    seed: { type: 'string', default: '1' },
    minutes: { type: 'string', default: '2' },
    people: { type: 'string', default: '4' },
    break: { type: 'string' },
  } as const
  const { values } = parseArgs({ options })
  const [seed, minutes, people] = [Number(values.seed), Number(values.minutes), Number(values.people)]
  if (!Number.isInteger(seed)) throw new Error('--seed is a whole number.')
  if (!(minutes > 0)) throw new Error('--minutes is a number above 0.')
  if (!Number.isInteger(people) || people < 2 || people > PEOPLE.length)
    throw new Error(`--people is a whole number from 2 to ${PEOPLE.length}.`)
  const broken = BREAKS.find((name) => name === values.break) ?? null
  if (values.break && !broken) throw new Error(`--break is one of ${BREAKS.join(', ')}.`)
  return { seed, minutes, people, broken }
}

/** Everything that is needed to see what went wrong, and to make it happen again. */
async function keep(folder: string, data: string, stage: Stage, { evidence, verdict }: Run): Promise<void> {
  for (const log of LOGS) cpSync(join(data, log), join(folder, log.replace('/', '-')), { force: true })
  const { found, screens } = evidence
  const asJson = (_: string, value: unknown) => (value instanceof Map ? [...(value as Map<unknown, unknown>)] : value)
  writeFileSync(join(folder, 'verdict.json'), JSON.stringify({ verdict, found, screens }, asJson, 1))
  for (const [person, { evidence: save }] of stage.people.entries()) await save(`chaos ${PEOPLE[person]}`)
}

async function run(schedule: Schedule, broken: Break | null): Promise<Run> {
  const data = await mkdtemp(join(tmpdir(), 'notanker-chaos-'))
  const folder = join(ROOT, 'test-results', `chaos-${broken ?? 'run'}-${schedule.seed}`)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'schedule.json'), JSON.stringify(schedule, null, 1))
  if (broken) await buildBroken(broken, data)
  const app = broken ? { app: join(data, 'app') } : {}
  const plan = join(data, 'agency.json')
  writeFileSync(plan, planOf(schedule.people))
  const deployment = await startDeployment({ data, port: await freeBase(), plan, log: say, ...app })
  let stage: Stage | null = null
  try {
    stage = await setStage(
      deployment,
      schedule.people,
      (person, sight) =>
        appendFileSync(join(folder, 'sights.ndjson'), `${JSON.stringify({ at: Date.now(), person, ...sight })}\n`),
      say,
    )
    await play(stage, schedule)
    say('everything is well again')
    const result = await settle(stage, schedule)
    if (Object.values(result.verdict).some((faults) => faults.length)) await keep(folder, data, stage, result)
    else rmSync(folder, { recursive: true, force: true })
    return result
  } finally {
    for (const person of stage?.people ?? []) await person.close()
    await deployment.stop()
    await rm(data, { recursive: true, force: true, maxRetries: 5 })
  }
}

async function main(): Promise<void> {
  const { seed, minutes, people, broken } = readWish()
  installBrowsers()
  const schedule = scheduleOf(seed, minutes, people)
  say(JSON.stringify({ seed, minutes, people, ...countsOf(schedule.steps), broken }))
  const { verdict, copies, done } = await run(schedule, broken)
  for (const [kind, faults] of Object.entries(verdict) as [string, string[]][])
    for (const fault of faults) say(`${kind}: ${fault}`)
  say(`second copies at the homeservers, seen by no member: ${copies}`)
  const { lost, duplicated, reordered, regressed } = verdict
  const counts = {
    lost: lost.length,
    duplicated: duplicated.length,
    reordered: reordered.length,
    regressed: regressed.length,
  }
  if (Object.values(counts).some((count) => count > 0)) process.exitCode = 1
  console.log(JSON.stringify({ seed, minutes, people, ...countsOf(done), ...counts }))
}

try {
  await main()
} catch (error) {
  say(`The chaos run came to no end: ${(error as Error).stack ?? String(error)}`)
  process.exitCode = 1
}
