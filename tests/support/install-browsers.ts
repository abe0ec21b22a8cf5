/** Installs what the tests in real browsers need, where that is possible: as root on Debian. Run it, or call it. */
import { execFileSync } from 'node:child_process'
import { existsSync, globSync } from 'node:fs'
import { EVERYDAY, lookFor, program, PROGRAMS, type ProgramName } from './programs.ts'

/** Both browsers reach the notification daemon through it; it is a library, so not among the programs. */
const LIBNOTIFY = 'libnotify4'
const hasLibnotify = () => globSync('/usr/lib/{*/,}libnotify.so.4').length > 0

function missingPackages(names: readonly ProgramName[]): string[] {
  const absent = names.filter((name) => !lookFor(name))
  // A path that somebody has set is wrong: to install another one beside it would not be what they want.
  const named = absent.find((name) => process.env[PROGRAMS[name].env])
  if (named) program(named)
  const programs = absent.map((name) => PROGRAMS[name].package)
  return process.platform === 'linux' && !hasLibnotify() ? [...programs, LIBNOTIFY] : programs
}

/** Does nothing when all is there. Throws one sentence that says what to install when it cannot do so itself. */
export function installBrowsers(names = EVERYDAY): void {
  const missing = missingPackages(names)
  if (missing.length === 0) return
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get'))
    throw new Error(`the tests in real browsers need ${missing.join(', ')}: install them (names of Debian's packages)`)
  const run = (...args: string[]) =>
    execFileSync('/usr/bin/apt-get', ['-q', ...args], {
      stdio: ['ignore', 2, 2],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    })
  run('update')
  // What is there already belongs to the machine, not to the tests: nothing of it is upgraded.
  run('install', '--yes', '--no-install-recommends', '--no-upgrade', ...missing)
  const still = missingPackages(names)
  if (still.length > 0) throw new Error(`apt-get has installed ${still.join(', ')}, but it cannot be found`)
}

if (import.meta.main) {
  try {
    installBrowsers()
  } catch (error) {
    console.error((error as Error).message)
    process.exitCode = 1
  }
}
