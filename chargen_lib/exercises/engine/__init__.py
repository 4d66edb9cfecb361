"""What checks an answer: an exercise is a reference, probes, and wrong answers with names.

cards      what an exercise is made of
values     what a call is given and gives: copied, told apart, shown
compare    is this value the reference's value, and how does it differ?
running    somebody else's function, so that it cannot hang, flood or crash the one who asked
borrowed   is it the library's own function that was handed in?
errors     what it raised, in words
asking     what an answer gives when it is called
trying     an answer on one input
recognise  which known mistake is it?
relations  how an answer without a name differs on every input alike
judging    the verdict
wire       values as text, for an answer in another process
answering  what that process replies to the judge
report     what the learner sees of it
record     which exercises pass, kept on disk
example    a question with one worked example, compared with that alone
"""
