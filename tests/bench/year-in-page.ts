/** Runs in a page of the app's origin: a year of use, by the app's own adapters (tests/support/year.ts). */
import { recall, remember } from '../../src/app/memory.ts'
import { openProjection } from '../../src/platform/projection.ts'
import { openSettings } from '../../src/platform/settings.ts'
import { writeYear, YEAR } from '../support/year.ts'

export async function liveYear(): Promise<void> {
  await writeYear(openProjection(), Date.now())
  const settings = openSettings()
  const deployment = await recall(settings, 'deployment')
  if (!deployment) throw new Error('nobody has signed in here')
  await remember(settings, 'deployment', { ...deployment, space: YEAR.space })
}
