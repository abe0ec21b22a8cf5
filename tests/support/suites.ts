/** One suite of `npm test`: a command that passes or fails as a whole, or a project of Vitest with its tests counted. */
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { signal } from './process.ts'

export interface Counts {
  passed: number
  failed: number
  skipped: number
}

export const add = (a: Counts, b: Counts): Counts => ({
  passed: a.passed + b.passed,
  failed: a.failed + b.failed,
  skipped: a.skipped + b.skipped,
})

/** A suite that says only whether it went well. */
export const whole = (ok: boolean): Counts => ({ passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0 })

/** What Vitest's JSON reporter writes, as far as it is read here. */
export interface Report {
  numPassedTests: number
  numFailedTests: number
  numPendingTests: number
  numTodoTests: number
  testResults: {
    name: string
    status: string
    message: string
    assertionResults: { fullName: string; status: string; failureMessages: string[] }[]
  }[]
}

const isFailed = (result: { status: string }): boolean => result.status === 'failed'

/**
 * Counts of one run of Vitest; `report` is null when it wrote none. A file that broke outside its tests is one failed
 * test, and so is a run that found no test, or that ended badly although every test passed (an unhandled error).
 */
export function countsOf(report: Report | null, status: number): Counts {
  if (!report) return whole(false)
  const broken = report.testResults.filter((file) => isFailed(file) && !file.assertionResults.some(isFailed)).length
  const failed = report.numFailedTests + broken
  const skipped = report.numPendingTests + report.numTodoTests
  const isBad = status !== 0 || report.numPassedTests + failed + skipped === 0
  return { passed: report.numPassedTests, failed: isBad ? Math.max(1, failed) : failed, skipped }
}

/** How much is said again of why a test failed, characters. */
const REASON = 1500

/** What failed and why, one entry each: said once more at the very end, where the output of all suites has gone by. */
export const failuresOf = (report: Report): string[] =>
  report.testResults.filter(isFailed).flatMap(({ name, message, assertionResults }) => {
    const tests = assertionResults.filter(isFailed)
    const told = tests.map((test) => `${test.fullName}\n${test.failureMessages.join('\n')}`)
    return (told.length > 0 ? told : [message]).map((text) => `${name}: ${text}`.slice(0, REASON))
  })

let current: ChildProcess | null = null

/** To the command that runs, and to all that it has started. */
export const signalCurrent = (name: NodeJS.Signals): void => {
  if (current?.pid !== undefined) signal(-current.pid, name)
}

/** Runs a command to its end; what it says goes to stderr as it comes. Its exit status; 1 when it could not start. */
function show(command: string, args: string[]): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ['ignore', 2, 2], detached: true })
    current = child
    const finish = (status: number) => {
      // What a command has left behind in its group must not run on beside the next suite.
      signalCurrent('SIGKILL')
      current = null
      resolve(status)
    }
    child.on('error', (error) => {
      process.stderr.write(`${command}: ${error.message}\n`)
      finish(1)
    })
    child.on('exit', (code) => finish(code ?? 1))
  })
}

function readReport(file: string): Report | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Report
  } catch {
    return null
  }
}

/** How a suite ended; `failures` says which of its tests failed, where that is known. */
export interface Outcome {
  counts: Counts
  failures: string[]
}

export const npmRun = (script: string) => async (): Promise<Outcome> => ({
  counts: whole((await show('npm', ['run', script])) === 0),
  failures: [],
})

export const vitest = (project: string) => async (): Promise<Outcome> => {
  const folder = mkdtempSync(join(tmpdir(), 'notanker-test-'))
  const file = join(folder, 'report.json')
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`]
  try {
    const status = await show('vitest', ['run', '--project', project, ...reporters])
    const report = readReport(file)
    return { counts: countsOf(report, status), failures: report ? failuresOf(report) : [] }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
