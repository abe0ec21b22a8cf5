/** The app of a person without screens: the shipped engine, Matrix adapter and relay client, against real servers. */
import { expect, onTestFinished } from 'vitest'
import { startEngine } from '../../src/app/engine/engine.ts'
import { keepSnapshot } from '../../src/app/engine/snapshot.ts'
import { recall } from '../../src/app/memory.ts'
import { personOf, type Deployment } from '../../src/core/deployment.ts'
import { TYPE } from '../../src/core/event.ts'
import type { RoomId } from '../../src/core/ids.ts'
import type { Account } from '../../src/core/ports.ts'
import { openClock } from '../../src/platform/clock.ts'
import { relays } from '../../src/platform/relays.ts'
import { fakePorts } from '../fakes/ports.ts'
import { device } from './matrix-device.ts'
import { waitFor } from './wait.ts'

/** Of a person with these sessions, until the test is finished. `deployment`: the file as this phone has it. */
export async function startPhone(deployment: Deployment, accounts: Account[], { projection, matrix } = device()) {
  const [{ user }] = accounts as [Account]
  const session = { person: personOf(deployment, user), name: user, device: 'device', accounts }
  const fakes = await fakePorts({ deployment, session })
  const ports = { ...fakes, clock: openClock(), projection, relays, matrix: () => Promise.resolve(matrix) }
  const trouble = (error: unknown) => expect.fail(String(error))
  const snapshots = keepSnapshot(projection, trouble)
  const stop = startEngine(ports, snapshots, trouble, () => {})
  onTestFinished(async () => {
    await stop()
    snapshots.stop()
  })
  return {
    async say(room: RoomId, body: string): Promise<void> {
      const client_id = crypto.randomUUID()
      const content = { msgtype: 'm.text', body, [TYPE.clientId]: client_id }
      const payload = { kind: 'event', room, type: 'm.room.message', content } as const
      await ports.outbox.add([{ client_id, person: session.person, created: Date.now(), payload }])
    },
    taken: () =>
      waitFor('everything to be taken', async () =>
        (await ports.outbox.all()).every(
          ({ delivery: d }) => d.state === 'taken' && !d.doubted && d.passed_on !== 'again',
        ),
      ),
    status: () => recall(ports.settings, 'status'),
  }
}
