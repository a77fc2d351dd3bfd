import { scenario } from '../../test/support/scenario.ts';

// Every transfer, batch and entry of the other tables is previewed too, and held against what it then does.
scenario(
  'a preview shows what would happen, and nothing happens',
  `
  open A limit=0 opening=100               -> 201
  open B limit=0                           -> 201
  preview transfer A B 60                  -> 200 allowed=true error=null events=none A.balance=100
                                           | as_of_position=5
  preview transfer A B 101                 -> 200 allowed=false transfer=some accounts=[] events=none
  preview transfer A B 60 hold             -> 200 allowed=true A.held=0
  preview entry D:A:1000 C:B:500           -> 200 allowed=false
  preview entry D:A:10 C:B:10              -> 200 allowed=true entry_number=undefined B.balance=0
  preview batch independent ; A B 60 ; A B 60 -> 200 allowed=false results=POSTED,insufficient_funds
  preview batch atomic ; A B 60 ; B A 60   -> 200 allowed=true results=POSTED,POSTED
  preview batch atomic ; A B 60 ; A B 60   -> 200 allowed=false
  transfer A B 60                          -> 201 entry_number=2 position=7
`,
);
