// Tickets for a concert: the file tickets.json in the current directory says how many are left.
#pragma once

namespace ticket_file {

inline constexpr int kTickets = 3;

struct Sale {
  int sold = 0;        // buyers who were told that they have a ticket
  int unreadable = 0;  // buyers who found no number in the file and went home without
  int left = 0;        // what the file says in the end
};

// Both put kTickets on sale and let `buyers` come in the course of two seconds.
Sale unlocked(int buyers);
Sale locked(int buyers);

}  // namespace ticket_file
