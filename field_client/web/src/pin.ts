// What is said about a PIN that did not open, wherever one is asked for.
import type { RequestProblem } from '@look/problem'

export const kPinMin = 6
export const kPinMax = 32

type Say = (key: string, values?: Record<string, unknown>) => string

// The problem's own words when it is not about the PIN.
export function explainPin(problem: RequestProblem, t: Say): string {
  const wait = Number(problem.body.wait_s ?? 0)
  if (problem.code === 'keys.locked') return t('unlock.locked')
  if (wait > 0) return t('unlock.wait', { s: wait })
  if (problem.code === 'keys.wrong_pin') return t('unlock.wrong', { n: problem.body.attempts_left ?? '?' })
  return problem.message
}
