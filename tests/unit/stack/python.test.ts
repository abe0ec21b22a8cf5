import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { findPython } from '../../../src/stack/python.ts'
import { cacheFolder, ensureSynapse } from '../../../src/stack/synapse-install.ts'

/** Commands that answer our question as some machine's python would. */
async function pythons(...answers: (object | null)[]): Promise<string[]> {
  const dir = await mkdtemp(join(tmpdir(), 'python-'))
  onTestFinished(() => rm(dir, { recursive: true }))
  return Promise.all(
    answers.map(async (answer, i) => {
      const file = join(dir, `python${i}`)
      await writeFile(file, answer ? `#!/bin/sh\necho '${JSON.stringify(answer)}'\n` : '#!/bin/sh\nexit 127\n')
      await chmod(file, 0o755)
      return file
    }),
  )
}

describe('findPython', () => {
  it('takes the first that is new enough and can make virtual environments, by its full path', async () => {
    const old = { path: '/old', version: [3, 8], venv: true }
    const bare = { path: '/bare', version: [3, 12], venv: false }
    const good = { path: '/real/python', version: [3, 11], venv: true }
    expect(await findPython(await pythons(null, old, bare, good))).toEqual({ path: '/real/python', version: '3.11' })
  })

  it.each<[string, (object | null)[]]>([
    ['there is no python3 here: please install it', [null]],
    ['python3 is 3.8: please install a newer one', [{ path: '/old', version: [3, 8], venv: true }]],
    ['Python 3.12 is here without its venv module', [{ path: '/x', version: [3, 12], venv: false }]],
  ])('says what to do: %s', async (sentence, answers) => {
    await expect(findPython(await pythons(...answers))).rejects.toThrow(sentence)
  })
})

describe('ensureSynapse', () => {
  it('uses the one it is told, if that loads', async () => {
    const [python] = await pythons({})
    const told = ensureSynapse(() => {}, { NOTANKER_SYNAPSE: python })
    expect(await told).toBe('{}')
    const [broken] = await pythons(null)
    await expect(ensureSynapse(() => {}, { NOTANKER_SYNAPSE: broken })).rejects.toThrow(
      `NOTANKER_SYNAPSE is ${broken}, but Synapse does not load there`,
    )
  })

  it('keeps its things in the cache folder of the environment', () => {
    expect(cacheFolder({ NOTANKER_CACHE: '/c', XDG_CACHE_HOME: '/x' })).toBe('/c')
    expect(cacheFolder({ XDG_CACHE_HOME: '/x' })).toBe('/x/notanker')
    expect(cacheFolder({})).toMatch(/\/\.cache\/notanker$/)
  })
})
