/** What the benchmarks measure on: one deployment, a network that can be made bad, and a device that has been in use. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RoomId } from '../../src/core/ids.ts'
import { launchChromium, type TestBrowser } from '../support/browsers.ts'
import { startCrisis, type Crisis } from '../support/crisis.ts'
import { startFaultProxy, type FaultProxy } from '../support/fault-proxy.ts'

export interface World {
  readonly crisis: Crisis
  /** Between every browser of the benchmarks and everything else. */
  readonly network: FaultProxy
  /** How often each thing is measured. */
  readonly runs: number
  say(line: string): void
  room(title: string): RoomId
  /** A new browser process. Without a profile it has never been here. */
  launch(profile?: string): Promise<TestBrowser>
  /** A folder for a profile, removed at the end. */
  profile(): string
  close(): Promise<void>
}

export async function openWorld(runs: number, say: (line: string) => void): Promise<World> {
  const crisis = await startCrisis({ log: say })
  const network = await startFaultProxy()
  const profiles: string[] = []
  return {
    crisis,
    network,
    runs,
    say,
    room: (title) => crisis.deployment.describe().rooms.find((room) => room.title === title)!.room_id,
    launch: (profile) => launchChromium({ profile, proxy: network }),
    profile() {
      const folder = mkdtempSync(join(tmpdir(), 'notanker-bench-'))
      profiles.push(folder)
      return folder
    },
    async close() {
      await network.close()
      await crisis.stop()
      for (const folder of profiles) rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}
