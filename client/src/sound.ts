// Two soft tones. Made, not loaded: no file, no request, nothing for a site's CSP to refuse.

let context: AudioContext | undefined;

export function ring(): void {
  try {
    context ??= new AudioContext();
    void context.resume();
    [660, 880].forEach((pitch, index) => tone(context!, pitch, context!.currentTime + index * 0.12));
  } catch {
    // No audio here, or not yet allowed: silence is what the visitor had before.
  }
}

function tone(audio: AudioContext, pitch: number, at: number): void {
  const source = audio.createOscillator();
  const volume = audio.createGain();
  source.frequency.value = pitch;
  volume.gain.setValueAtTime(0.08, at);
  volume.gain.exponentialRampToValueAtTime(0.001, at + 0.2);
  source.connect(volume).connect(audio.destination);
  source.start(at);
  source.stop(at + 0.2);
}
