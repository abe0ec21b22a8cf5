/** Programs that tests start and do not bring along: where they are, and what to say when they are not there. */
import { accessSync, constants } from 'node:fs'
import { delimiter, isAbsolute, join } from 'node:path'

interface Program {
  /** Overrides the search. */
  env: string
  /** Names on the PATH, or absolute paths; the first one found is taken. */
  names: string[]
  /** Debian's package. */
  package: string
}

export const PROGRAMS = {
  chromium: {
    env: 'CHROMIUM_BIN',
    names: [
      'chromium',
      'chromium-browser',
      'google-chrome-stable',
      'google-chrome',
      '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
      '/Applications/Chromium.app/Contents/MacOS/Chromium',
    ],
    package: 'chromium',
  },
  firefox: {
    env: 'FIREFOX_BIN',
    names: ['firefox-esr', 'firefox', '/Applications/Firefox.app/Contents/MacOS/firefox'],
    package: 'firefox-esr',
  },
  'dbus-daemon': { env: 'DBUS_DAEMON_BIN', names: ['dbus-daemon'], package: 'dbus' },
  openssl: { env: 'OPENSSL_BIN', names: ['openssl'], package: 'openssl' },
  WebKitWebDriver: { env: 'WEBKIT_DRIVER_BIN', names: ['WebKitWebDriver'], package: 'webkit2gtk-driver' },
  Xvfb: { env: 'XVFB_BIN', names: ['Xvfb'], package: 'xvfb' },
} satisfies Record<string, Program>
export type ProgramName = keyof typeof PROGRAMS
/** What `npm test` needs. */
export const EVERYDAY: readonly ProgramName[] = ['chromium', 'firefox', 'dbus-daemon', 'openssl']
/** What the tests in WebKit need besides: only `npm run test:long` runs them. */
export const WEBKIT: readonly ProgramName[] = ['dbus-daemon', 'openssl', 'WebKitWebDriver', 'Xvfb']

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** The path of a program, or null. */
export function lookFor(name: ProgramName): string | null {
  const { env, names } = PROGRAMS[name]
  const named = process.env[env]
  if (named) return isExecutable(named) ? named : null
  const folders = (process.env.PATH ?? '').split(delimiter)
  const paths = names.flatMap((n) => (isAbsolute(n) ? [n] : folders.map((folder) => join(folder, n))))
  return paths.find(isExecutable) ?? null
}

/** The path of a program. Throws one sentence that says what to do. */
export function program(name: ProgramName): string {
  const path = lookFor(name)
  if (path) return path
  const { env, package: debian } = PROGRAMS[name]
  if (process.env[env]) throw new Error(`${env} is ${process.env[env]}, and no program is there`)
  throw new Error(`${name} is not there: install it (Debian: apt-get install ${debian}) or set ${env} to its path`)
}
