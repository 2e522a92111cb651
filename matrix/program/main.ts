import { program } from './program.js';

void program().then((said) => console.log(said));
