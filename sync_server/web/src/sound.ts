// Two tones made by the browser itself. Browsers allow sound only after the person has touched the page.
import { reactive } from 'vue'

export const sound = reactive({ wanted: localStorage.getItem('doudi.sound') !== 'off', ready: false })
let context: AudioContext | null = null

async function wake(): Promise<void> {
  if (!sound.wanted) return
  context ??= new AudioContext()
  if (context.state !== 'running') await context.resume()
  sound.ready = context.state === 'running'
}
for (const gesture of ['pointerdown', 'keydown']) window.addEventListener(gesture, () => void wake())

export async function toggleSound(): Promise<void> {
  sound.wanted = !sound.wanted
  localStorage.setItem('doudi.sound', sound.wanted ? 'on' : 'off')
  await wake()
  if (sound.wanted) ring(false)
}

function tone(frequency: number, from: number, length: number): void {
  if (!context) return
  const oscillator = context.createOscillator()
  const volume = context.createGain()
  oscillator.frequency.value = frequency
  volume.gain.setValueAtTime(0.0001, from)
  volume.gain.exponentialRampToValueAtTime(0.3, from + 0.03)
  volume.gain.exponentialRampToValueAtTime(0.0001, from + length)
  oscillator.connect(volume).connect(context.destination)
  oscillator.start(from)
  oscillator.stop(from + length)
}

// An emergency sounds three times, anything else once.
export function ring(urgent: boolean): void {
  if (!sound.wanted || !context || context.state !== 'running') return
  for (let n = 0; n < (urgent ? 3 : 1); n += 1) {
    tone(660, context.currentTime + n * 0.7, 0.3)
    tone(880, context.currentTime + n * 0.7 + 0.25, 0.35)
  }
}
