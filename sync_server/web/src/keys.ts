// Keyboard on tables: arrows move the row, Enter opens, other letters are the screen's own.
import { onBeforeUnmount, onMounted, ref, type Ref } from 'vue'

export function useRows<T>(rows: Ref<T[]>, open: (row: T) => void, letters: Record<string, (row: T) => void> = {}) {
  const current = ref(-1)
  function move(step: number): void {
    if (rows.value.length === 0) return
    current.value = Math.min(rows.value.length - 1, Math.max(0, current.value + step))
    requestAnimationFrame(() => document.querySelector('tr.cur')?.scrollIntoView({ block: 'nearest' }))
  }
  function onKey(event: KeyboardEvent): void {
    const target = event.target as HTMLElement
    if (event.ctrlKey || event.altKey || event.metaKey || document.querySelector('.el-overlay:not([style*="none"])')) return
    if (/^(INPUT|TEXTAREA|SELECT|BUTTON|A)$/.test(target.tagName) && !event.key.startsWith('Arrow')) return
    if (/^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)) return
    const row = rows.value[current.value]
    if (event.key === 'ArrowDown') move(1)
    else if (event.key === 'ArrowUp') move(-1)
    else if (event.key === 'Enter' && row) open(row)
    else if (letters[event.key] && row) letters[event.key](row)
    else return
    event.preventDefault()
  }
  onMounted(() => window.addEventListener('keydown', onKey))
  onBeforeUnmount(() => window.removeEventListener('keydown', onKey))
  return { current }
}
