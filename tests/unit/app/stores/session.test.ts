// @vitest-environment happy-dom
import { describe, expect, it } from 'vitest'
import { recall } from '../../../../src/app/memory.ts'
import { useOutbox } from '../../../../src/app/stores/outbox.ts'
import { useSession } from '../../../../src/app/stores/session.ts'
import type { PersonId } from '../../../../src/core/ids.ts'
import type { Matrix, SignInFailure } from '../../../../src/core/ports.ts'
import { fakePorts } from '../../../fakes/ports.ts'
import { sampleDeployment, sessionOf } from '../../../fakes/sample.ts'
import { appWith, settled } from '../../../support/mount.ts'

/** Homeservers of sites a and b that answer a sign-in with an account, or with a failure. */
function matrixOf(answers: Record<string, SignInFailure | 'ok'>, ended: string[] = []): Partial<Matrix> {
  return {
    signIn(site, user) {
      const answer = answers[site.id]!
      if (answer !== 'ok') return Promise.resolve({ failure: answer })
      const account = sessionOf(user).accounts.find((a) => a.site === site.id)!
      return Promise.resolve({ account, name: 'Anna Berg' })
    },
    signOut: (account) => Promise.resolve(void ended.push(account.user)),
  }
}

async function start(answers: Record<string, SignInFailure | 'ok'>, ended: string[] = []) {
  const ports = await fakePorts({ deployment: sampleDeployment(), matrix: matrixOf(answers, ended) })
  const { inside } = appWith(ports)
  const session = inside(() => useSession())
  await session.start()
  return { ports, session, inside }
}

describe('sign-in', () => {
  it('SIGN-1 one sign-in makes a session at every site', async () => {
    const { session } = await start({ a: 'ok', b: 'ok' })
    expect(await session.signIn(' @anna:a.example ', 'x')).toEqual({ result: 'ok', missing: [] })
    await settled()
    expect(session.session?.accounts.map((a) => a.user)).toEqual(['@anna:a.example', '@anna:b.example'])
    expect(session.person).toBe('anna')
    expect(session.welcome).toBe(true)
  })

  it('SIGN-8 a sign-in is one in every window; the steps after it are for its own, and for one that starts meanwhile', async () => {
    const { ports, session } = await start({ a: 'ok', b: 'ok' })
    const other = appWith(ports).inside(() => useSession())
    await other.start()
    await session.signIn('anna', 'x')
    await settled()
    const late = appWith(ports).inside(() => useSession())
    await late.start()
    expect(other.person).toBe('anna')
    expect([session.welcome, other.welcome, late.welcome]).toEqual([true, false, true])
    await late.finishWelcome()
    await settled()
    expect([session.welcome, other.welcome, late.welcome]).toEqual([false, false, false])
  })

  it('SIGN-1 a site that cannot be reached is named and made up for', async () => {
    const answers: Record<string, SignInFailure | 'ok'> = { a: 'unreachable', b: 'ok' }
    const { session } = await start(answers)
    expect(await session.signIn('anna', 'x')).toEqual({ result: 'partial', missing: ['Standort A'] })
    await settled()
    expect(session.missingSites).toEqual([{ id: 'a', name: 'Standort A', reason: 'missing', failure: 'unreachable' }])
    answers['a'] = 'ok'
    expect(await session.signInAt('a', 'x')).toBe('ok')
    await settled()
    expect(session.missingSites).toEqual([])
    expect(session.session?.accounts).toHaveLength(2)
  })

  it.each([
    [{ a: 'wrong_password', b: 'unreachable' }, 'wrong_password'],
    [{ a: 'unreachable', b: 'limited' }, 'limited'],
    [{ a: 'unreachable', b: 'unreachable' }, 'unreachable'],
  ] as const)('SIGN-2 %j is told as %s, and nobody is signed in', async (answers, result) => {
    const { session, ports } = await start(answers)
    expect((await session.signIn('anna', 'x')).result).toBe(result)
    expect(await recall(ports.settings, 'session')).toBeNull()
  })

  it('without a deployment file the app says so and asks nobody', async () => {
    const ports = await fakePorts({ deployment: null })
    const session = appWith(ports).inside(() => useSession())
    await session.start()
    expect((await session.signIn('anna', 'x')).result).toBe('no_deployment')
  })
})

it('SIGN-3 a session that a site no longer knows wipes nothing, and is named', async () => {
  const ports = await fakePorts({ deployment: sampleDeployment(), session: sessionOf('anna') })
  const session = appWith(ports).inside(() => useSession())
  await session.start()
  await ports.settings.set('sessions', { a: { holds: false, at: 1 }, b: { holds: true, at: 1 } })
  await settled()
  expect(session.missingSites).toEqual([{ id: 'a', name: 'Standort A', reason: 'expired', failure: null }])
  expect(session.session?.accounts).toHaveLength(2)
})

it('SIGN-4, DEVICE-4 signing out deletes what the device holds, keeps the deployment file, and ends every session', async () => {
  const ended: string[] = []
  const { session, ports, inside } = await start({ a: 'ok', b: 'ok' }, ended)
  await session.signIn('anna', 'x')
  await settled()
  const outbox = inside(() => useOutbox())
  await outbox.start()
  await outbox.say('!team', 'noch da')
  expect(outbox.waiting).toBe(1)
  const [mine] = await ports.outbox.all()
  await ports.outbox.add([{ ...mine!, client_id: ports.clock.uuid(), person: 'ben' as PersonId }])
  await session.signOut()
  await settled()
  expect(session.session).toBeNull()
  expect(await ports.outbox.all()).toMatchObject([{ person: 'ben' }])
  expect(session.deployment?.serial).toBe(1)
  expect(ended).toEqual(['@anna:a.example', '@anna:b.example'])
})
