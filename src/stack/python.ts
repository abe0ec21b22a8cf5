/** Finds a Python that Synapse can be installed with. */
import { run } from './command.ts'
import { Trouble } from '../server/trouble.ts'

export interface Python {
  /** Full path: a shim on PATH (pyenv, asdf) may point elsewhere tomorrow. */
  path: string
  /** `3.11` */
  version: string
}

/** Synapse 1.163 needs 3.10 (its `requires-python`). */
const OLDEST: readonly [number, number] = [3, 10]

const PROBE = `
import sys, json, importlib.util
has = lambda m: importlib.util.find_spec(m) is not None
print(json.dumps({"path": sys.executable, "version": sys.version_info[:2], "venv": has("venv") and has("ensurepip")}))
`

interface Probed {
  path: string
  version: [number, number]
  venv: boolean
}

async function probe(command: string): Promise<Probed | null> {
  const { status, output } = await run(command, ['-c', PROBE])
  if (status !== 0) return null
  try {
    return JSON.parse(output.trim().split('\n').at(-1) ?? '') as Probed
  } catch {
    return null
  }
}

const newEnough = ([major, minor]: [number, number]) => major === OLDEST[0] && minor >= OLDEST[1]

/** `python3` first, then the names that distributions give to particular versions. Throws Trouble. */
export async function findPython(
  candidates = ['python3', 'python3.13', 'python3.12', 'python3.11', 'python3.10'],
): Promise<Python> {
  const wanted = `Python ${OLDEST.join('.')} or newer`
  let found: Probed | null = null
  for (const command of candidates) {
    const python = await probe(command)
    if (python && newEnough(python.version) && python.venv)
      return { path: python.path, version: python.version.join('.') }
    if (python && (!found || newEnough(python.version))) found = python
  }
  if (!found) throw new Trouble(`Synapse needs ${wanted}, and there is no python3 here: please install it.`)
  if (!newEnough(found.version)) {
    throw new Trouble(`Synapse needs ${wanted}, and python3 is ${found.version.join('.')}: please install a newer one.`)
  }
  throw new Trouble(
    `Python ${found.version.join('.')} is here without its venv module: please install it (on Debian and Ubuntu: apt install python3-venv).`,
  )
}
