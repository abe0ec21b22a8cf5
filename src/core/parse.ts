/** The one way in for anything unknown: an event, a push, a row, a file. */
import * as v from 'valibot'

export type Parsed<T> = { ok: true; value: T } | { ok: false; reason: string }

/** Reads `input` by `schema`. Never throws; `reason` names the first field that is wrong, in English, for logs. */
export function parse<S extends v.GenericSchema>(schema: S, input: unknown): Parsed<v.InferOutput<S>> {
  const result = v.safeParse(schema, input, { abortEarly: true })
  if (result.success) return { ok: true, value: result.output }
  const [issue] = result.issues
  return { ok: false, reason: `${v.getDotPath(issue) ?? 'value'}: ${issue.message}` }
}

/** As `parse`, for places where a broken value is simply not there. */
export function parseOrNull<S extends v.GenericSchema>(schema: S, input: unknown): v.InferOutput<S> | null {
  const result = parse(schema, input)
  return result.ok ? result.value : null
}

/** Parses JSON text by `schema`; broken JSON is a reason like any other. */
export function parseJson<S extends v.GenericSchema>(schema: S, text: string): Parsed<v.InferOutput<S>> {
  let input: unknown
  try {
    input = JSON.parse(text)
  } catch {
    return { ok: false, reason: 'no JSON' }
  }
  return parse(schema, input)
}
