// What every screen shares: whether the tablet is open, the grid, and the honest sync sign.
import { computed, reactive } from 'vue'
import { RequestProblem } from '@look/problem'
import { api } from './api'
import type { Chip, State } from './types'

const kChipPeriodMs = 2000

export const session = reactive({
  loaded: false,
  state: null as State | null,
  chip: null as Chip | null,
  now: Date.now(),
  gone: false,       // the program on this tablet does not answer
  returned: 0,
  damaged: false,    // the open store turned out to be damaged: it is locked, and the PIN rescues it
})

export const offline = computed(() => session.chip !== null && ['offline', 'never'].includes(session.chip.state))

export async function loadState(): Promise<void> {
  try {
    session.state = await api.state()
    session.gone = false
    if (session.state.chip) session.chip = session.state.chip
  } catch (error) {
    session.gone = error instanceof RequestProblem
  }
  session.loaded = true
}

export async function askForRescue(): Promise<void> {
  session.damaged = true
  await api.lock().catch(() => undefined)
  await loadState()
}

async function refreshChip(): Promise<void> {
  session.now = Date.now()
  if (!session.state) return loadState()
  if (session.state.locked) return
  try {
    session.chip = await api.chip()
    session.gone = false
  } catch (error) {
    if (error instanceof RequestProblem && error.status === 0) session.gone = true
    else await loadState()
  }
}

export function startClock(): void {
  setInterval(() => void refreshChip(), kChipPeriodMs)
}
