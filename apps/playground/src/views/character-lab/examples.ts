/** Texts to begin with. */

export interface Example {
  readonly name: string;
  readonly text: string;
}

export const hello: Example = { name: "hello", text: "hello" };

export const examples: readonly Example[] = [
  hello,
  { name: "peter piper", text: "peter piper picked a peck of pickled peppers" },
  {
    name: "hamlet",
    text: `To be, or not to be, that is the question:
Whether 'tis nobler in the mind to suffer
The slings and arrows of outrageous fortune,
Or to take arms against a sea of troubles
And by opposing end them. To die, to sleep,
No more; and by a sleep to say we end
The heart-ache and the thousand natural shocks
That flesh is heir to: 'tis a consummation
Devoutly to be wish'd. To die, to sleep;
To sleep, perchance to dream. Ay, there's the rub:
For in that sleep of death what dreams may come,
When we have shuffled off this mortal coil,
Must give us pause.`,
  },
];
