"""`--hypothesis-profile=long` draws many more examples."""

from hypothesis import settings

settings.register_profile("long", max_examples=1_500, deadline=None)
