/** A summary's sentences, put together by what a reader asks: what, how much, how it went, what is not known. Pure. */
import type { Sentence } from '../model';

const questions = [['what', 'drill', 'clocks'], ['touched', 'excess'], ['noticed', 'done', 'proven'], ['unknown']];

/** In their order; one that no question asks for stays with the one before it. */
export function paragraphsOf(sentences: readonly Sentence[]): Sentence[][] {
  const paragraphs: Sentence[][] = [];
  let asked = -1;
  for (const sentence of sentences) {
    const subject = sentence.id.split('/')[1] ?? '';
    const question = questions.findIndex((of) => of.includes(subject));
    const last = paragraphs.at(-1);
    if (last && (question === asked || question < 0)) last.push(sentence);
    else paragraphs.push([sentence]);
    if (question >= 0) asked = question;
  }
  return paragraphs;
}
