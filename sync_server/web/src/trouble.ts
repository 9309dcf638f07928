// The sentence for a refused action, in the language of the page.
import { RequestProblem } from '@look/problem'

export function refusal(problem: unknown, words: Record<string, string>, other: string): string {
  if (!(problem instanceof RequestProblem)) return other
  return words[problem.code] ?? (problem.status === 0 ? other : problem.message || other)
}
