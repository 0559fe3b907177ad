import { render } from 'preact';
import { Page } from './page.tsx';
import { startPage } from './page-state.ts';

const root = document.querySelector('#page');
if (root === null) throw new TypeError('expected the element #page of index.html');
startPage();
render(<Page />, root);
