/** The course of an alert, newest first: each revision with what it says that the one before did not. */
import type { AlertContent } from '../../../core/alert.ts'
import { newSentences } from '../../../core/sentences.ts'
import type { AlertView } from '../../views.ts'

export interface HistoryEntry {
  /** Revision; the first is 0. */
  number: number
  at: number
  type: AlertContent['msg_type']
  sender: string
  lang: string
  news: string[]
  /** What I answered while this revision was the latest. */
  answer: string | null
}

type Update = AlertView['updates'][number]

/** What ends an alert stands whole on its page; the headline that it began with may have changed since. */
function newsOf({ text, content }: Update, before: Update | undefined, now: AlertView): string[] {
  if (content.msg_type === 'AllClear' || content.msg_type === 'Cancel') return []
  if (before) return newSentences(before.text, text)
  return text.headline === now.text.headline ? [] : [text.headline]
}

export function historyOf(alert: AlertView): HistoryEntry[] {
  const { updates, mine } = alert
  const answered = mine
    ? Math.max(
        0,
        updates.findLastIndex((u) => u.at <= mine.at),
      )
    : -1
  return updates
    .map((update, i) => ({
      number: update.content.rev,
      at: update.at,
      type: update.content.msg_type,
      sender: update.sender,
      lang: update.text.lang,
      news: newsOf(update, updates[i - 1], alert),
      answer: mine && i === answered ? mine.option.label : null,
    }))
    .toReversed()
}

/** What the latest update has brought, for the row on top of an open alert. */
export function latestNews(alert: AlertView): HistoryEntry | null {
  const latest = historyOf(alert)[0]
  return alert.phase === 'open' && latest?.type === 'Update' && latest.news.length > 0 ? latest : null
}
