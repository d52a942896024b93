"""What staff have done by asking: one file a job, and the conversation that all of them share.

`conversation.py` leads through a job, `hearing.py` reads what was said, `wording.py` says what the
backend answers. The backend decides everything; here is only read, passed on and worded.
"""
