/** A notification was tapped: to the front with the app, at the place that it speaks of. */
import * as v from 'valibot'
import { parseOrNull } from '../core/parse.ts'
import type { InboxDoor } from '../platform/inbox.ts'

/** As much of `WindowClient` as is needed. */
export interface AppWindow {
  readonly focused: boolean
  readonly visibilityState: DocumentVisibilityState
  focus(): Promise<unknown>
}

export interface Desk {
  origin: string
  windows: { all(): Promise<readonly AppWindow[]>; open(path: string): Promise<unknown> }
  inbox: Pick<InboxDoor, 'putDeepLink'>
}

const clickData = v.object({ navigate: v.string() })

/**
 * The path that a notification points to; the start page when that is not of this origin: pushes are other people's text.
 * A path of this origin that begins with `//` would be another host's address to whoever resolves it again.
 */
export function pathOf(data: unknown, origin: string): string {
  const navigate = parseOrNull(clickData, data)?.navigate ?? '/'
  if (!URL.canParse(navigate, origin)) return '/'
  const url = new URL(navigate, origin)
  if (url.origin !== origin || url.pathname.startsWith('//')) return '/'
  return url.pathname + url.search + url.hash
}

/** The one that the person looks at, or looked at last (`matchAll` gives the most recently focused first). */
const nearest = (all: readonly AppWindow[]) =>
  all.find((w) => w.focused) ?? all.find((w) => w.visibilityState === 'visible') ?? all[0]

async function bringToFront(path: string, windows: Desk['windows']): Promise<void> {
  const window = nearest(await windows.all())
  try {
    if (window) return void (await window.focus())
  } catch {
    // Some platforms list a window that they will not bring to the front: a new one then.
  }
  await windows.open(path)
}

/**
 * The link goes into the inbox as well: a window that is already open reads it there, and iOS opens a closed app at its
 * start page, whatever it was told. Both at once, because a click allows a window only for a moment.
 */
export async function followClick(data: unknown, { origin, windows, inbox }: Desk): Promise<void> {
  const path = pathOf(data, origin)
  const done = await Promise.allSettled([bringToFront(path, windows), inbox.putDeepLink(path)])
  for (const part of done) if (part.status === 'rejected') throw part.reason
}
