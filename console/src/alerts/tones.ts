// Short tones made by WebAudio: no file to load, and silent when the browser does not allow sound yet.
import type { Alert } from "../desk/alert";

/**
 * Notes in Hz, one after another. Rising for what is now mine, single and low for what merely waits. An offer is two
 * low ones, because it repeats.
 */
const TONES: Readonly<Record<Alert, readonly number[]>> = {
  assigned: [660, 880, 1100],
  offered: [587, 740],
  message: [880, 1175],
  queued: [520],
};
const NOTE_S = 0.13;
const LOUD = 0.12;

let context: AudioContext | undefined;

export function play(alert: Alert): void {
  try {
    context ??= new AudioContext();
    void context.resume();
    TONES[alert].forEach((pitch, i) => note(context!, pitch, context!.currentTime + i * NOTE_S));
  } catch {
    // No audio device, or a browser without WebAudio: the title and the badge still tell.
  }
}

function note(audio: AudioContext, pitch: number, at: number): void {
  const tone = audio.createOscillator();
  const gain = audio.createGain();
  tone.type = "sine";
  tone.frequency.value = pitch;
  gain.gain.setValueAtTime(0, at);
  gain.gain.linearRampToValueAtTime(LOUD, at + 0.015);
  gain.gain.exponentialRampToValueAtTime(0.001, at + NOTE_S * 1.8);
  tone.connect(gain).connect(audio.destination);
  tone.start(at);
  tone.stop(at + NOTE_S * 2);
}
