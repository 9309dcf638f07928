// Times as a person reads them, always in China's zone (UTC+8), whatever the device is set to.
export interface Parts { year: number; month: number; day: number; hour: number; minute: number; weekday: number }

export function chinaParts(iso: string | number | Date): Parts {
  const shifted = new Date(new Date(iso).getTime() + 8 * 3600_000)
  return {
    year: shifted.getUTCFullYear(), month: shifted.getUTCMonth() + 1, day: shifted.getUTCDate(),
    hour: shifted.getUTCHours(), minute: shifted.getUTCMinutes(), weekday: shifted.getUTCDay(),
  }
}

const two = (n: number) => String(n).padStart(2, '0')

export function clockTime(iso: string): string {
  const p = chinaParts(iso)
  return `${two(p.hour)}:${two(p.minute)}`
}

export function dayText(iso: string, locale: string): string {
  const p = chinaParts(iso.length === 10 ? `${iso}T12:00:00+08:00` : iso)
  const otherYear = p.year !== chinaParts(new Date()).year
  if (locale === 'en') return `${p.month}/${p.day}${otherYear ? `/${p.year}` : ''}`
  return `${otherYear ? `${p.year}年` : ''}${p.month}月${p.day}日`
}

export function momentText(iso: string, locale: string): string {
  return `${dayText(iso, locale)} ${clockTime(iso)}`
}

// Whole hours and minutes left (or over, when negative) until `due`.
export function remaining(due: string, now: number): { over: boolean; hours: number; minutes: number } {
  const left = new Date(due).getTime() - now
  const minutes = Math.floor(Math.abs(left) / 60_000)
  return { over: left < 0, hours: Math.floor(minutes / 60), minutes: minutes % 60 }
}

export function spanText(totalMinutes: number, locale: string): string {
  const hours = Math.floor(totalMinutes / 60)
  const minutes = totalMinutes % 60
  if (locale === 'en') return hours > 0 ? `${hours} h ${two(minutes)} min` : `${minutes} min`
  return hours > 0 ? `${hours}小时${two(minutes)}分` : `${minutes}分`
}

export function remainingText(due: string, now: number, locale: string): string {
  const left = remaining(due, now)
  const span = spanText(left.hours * 60 + left.minutes, locale)
  if (locale === 'en') return left.over ? `${span} over` : `${span} left`
  return left.over ? `超 ${span}` : `还剩 ${span}`
}
