// Answers overtake each other: one that was asked for earlier must not replace what a later one has brought. Ask before
// the request; what comes back tells, when the answer is there, whether it may still be shown.
export function inOrder(): () => () => boolean {
  let asked = 0
  let shown = 0
  return () => {
    const mine = ++asked
    return () => {
      if (mine < shown) return false
      shown = mine
      return true
    }
  }
}
